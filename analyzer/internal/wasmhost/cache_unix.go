//go:build unix

package wasmhost

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// private reports why a folder is not this user's alone.
func private(info fs.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return errors.New("it belongs to another user")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return errors.New("others can use it; its mode must be 0700")
	}
	return nil
}
