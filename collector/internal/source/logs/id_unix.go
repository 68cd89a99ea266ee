//go:build !windows

package logs

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func idOf(f *os.File) (fileID, bool) {
	fi, err := f.Stat()
	if err != nil {
		return fileID{}, false
	}
	return idFrom(fi)
}

// statID is idAt from metadata alone.
func statID(f File) (fileID, bool) { return idAt(f) }

// idAt is the identity of a file that was found.
func idAt(f File) (fileID, bool) {
	fi, err := os.Stat(filepath.Join(f.Base, f.Real))
	if err != nil {
		return fileID{}, false
	}
	return idFrom(fi)
}

func idFrom(fi fs.FileInfo) (fileID, bool) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{uint64(st.Dev), st.Ino}, true
}
