package archive

import "golang.org/x/sys/windows"

// freeSpace is how many bytes this user may still write below a folder; ok is
// false when the system does not say.
func freeSpace(dir string) (n uint64, ok bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	err = windows.GetDiskFreeSpaceEx(name, &n, nil, nil)
	return n, err == nil
}
