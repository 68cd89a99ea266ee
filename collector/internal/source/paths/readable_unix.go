//go:build !windows

package paths

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// Readable reports whether the content of a file may be read, without opening
// it.
func Readable(path string) error {
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.R_OK, unix.AT_EACCESS); err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}
