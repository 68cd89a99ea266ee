package archive

import "golang.org/x/sys/unix"

// freeSpace is how many bytes this user may still write below a folder; ok is
// false when the system does not say.
func freeSpace(dir string) (n uint64, ok bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return st.Bavail * uint64(st.Bsize), true
}
