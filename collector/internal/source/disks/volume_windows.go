package disks

import (
	"strings"

	"golang.org/x/sys/windows"
)

// volumeOf names the volume that holds a file which exists: a share by its
// path, a disk by its own name, because one may be mounted in several places.
func volumeOf(path string) (string, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return "", err
	}
	root := make([]uint16, windows.MAX_LONG_PATH)
	if err := windows.GetVolumePathName(name, &root[0], uint32(len(root))); err != nil {
		return "", err
	}
	guid := make([]uint16, 64)
	if err := windows.GetVolumeNameForVolumeMountPoint(&root[0], &guid[0], uint32(len(guid))); err == nil {
		return windows.UTF16ToString(guid), nil
	}
	return strings.ToLower(windows.UTF16ToString(root)), nil
}
