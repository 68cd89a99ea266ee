package paths

import "golang.org/x/sys/windows"

// maxPath is the longest path of Windows, in characters.
const maxPath = 32768

// BehindLinks is where a path leads, all links in it resolved. It asks the system:
// package filepath does not follow junctions. The handle has no right to read
// anything.
func BehindLinks(path string) (string, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return "", err
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	h, err := windows.CreateFile(name, 0, share, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(h)
	buf := make([]uint16, maxPath)
	if _, err := windows.GetFinalPathNameByHandle(h, &buf[0], maxPath, 0); err != nil {
		return "", err
	}
	return shortPath(windows.UTF16ToString(buf)), nil
}

func volumeOf(path string) (string, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return "", err
	}
	buf := make([]uint16, maxPath)
	if err := windows.GetVolumePathName(name, &buf[0], maxPath); err != nil {
		return "", err
	}
	return windows.UTF16ToString(buf), nil
}
