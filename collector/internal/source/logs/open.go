package logs

import (
	"errors"
	"io/fs"
	"os"
)

// openLog opens a file below base so that its writer may go on, rename and
// delete it. Should it have become a FIFO since it was found, it does not wait;
// should it or a folder above it have become a link out of base, it does not
// follow. Where the system permits, the time of its last reading stays.
func openLog(base, rel string) (*os.File, error) {
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(rel, os.O_RDONLY|openFlags|quietFlags, 0)
	if quietFlags != 0 && errors.Is(err, fs.ErrPermission) { // quiet is for the owner
		f, err = root.OpenFile(rel, os.O_RDONLY|openFlags, 0)
	}
	return f, err
}

// fileID is what stays the same when a file is renamed: volume and number. The
// number may be used again when the file is deleted.
type fileID struct{ volume, number uint64 }
