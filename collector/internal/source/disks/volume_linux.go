package disks

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// volumeOf names the file system that holds a file which exists.
func volumeOf(path string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev)), nil
}
