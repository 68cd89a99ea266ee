package disks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/windows"
)

// volumes lists the machine's own volumes, each with every letter and folder that
// it is mounted at. Shares are left out: their servers may be gone.
func volumes(context.Context) ([]volume, error) {
	name := make([]uint16, 64)
	h, err := windows.FindFirstVolume(&name[0], uint32(len(name)))
	if err != nil {
		return nil, fmt.Errorf("first volume: %w", err)
	}
	defer windows.FindVolumeClose(h)
	var out []volume
	for err == nil {
		out = append(out, mounted(name)...)
		err = windows.FindNextVolume(h, &name[0], uint32(len(name)))
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) && len(out) == 0 {
		return nil, err
	}
	return out, nil
}

// mounted lists the mount points of a volume.
func mounted(name []uint16) []volume {
	points := mountPoints(name)
	if len(points) == 0 {
		return nil
	}
	fs := make([]uint16, 64)
	err := windows.GetVolumeInformation(&name[0], nil, 0, nil, nil, nil, &fs[0], uint32(len(fs)))
	if errors.Is(err, windows.ERROR_NOT_READY) {
		return nil // a drive without a disk
	}
	var out []volume
	for _, p := range points {
		out = append(out, volume{p, windows.UTF16ToString(name), windows.UTF16ToString(fs)})
	}
	return out
}

func mountPoints(name []uint16) []string {
	need := uint32(windows.MAX_PATH)
	buf := make([]uint16, need)
	err := windows.GetVolumePathNamesForVolumeName(&name[0], &buf[0], need, &need)
	if errors.Is(err, windows.ERROR_MORE_DATA) {
		buf = make([]uint16, need)
		err = windows.GetVolumePathNamesForVolumeName(&name[0], &buf[0], need, &need)
	}
	if err != nil {
		return nil
	}
	return texts(buf)
}

// texts splits a list in which each text, and the list, ends with a zero.
func texts(buf []uint16) []string {
	var out []string
	for {
		i := slices.Index(buf, 0)
		if i <= 0 {
			return out
		}
		out = append(out, windows.UTF16ToString(buf[:i]))
		buf = buf[i+1:]
	}
}

func statfs(mountpoint string) (usage, error) {
	name, err := windows.UTF16PtrFromString(mountpoint)
	if err != nil {
		return usage{}, err
	}
	var u usage
	err = windows.GetDiskFreeSpaceEx(name, &u.available, &u.total, &u.free)
	return u, err
}
