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

// Names tells files of several names, as far as metadata alone tells: nothing is
// opened. The zero value is ready.
type Names struct{ first map[fileID]string }

// Again gives the name by which a file has been met before.
func (n *Names) Again(f File) (name string, again bool) {
	id, ok := statID(f)
	if !ok {
		return "", false
	}
	if name, again = n.first[id]; again {
		return name, true
	}
	if n.first == nil {
		n.first = map[fileID]string{}
	}
	n.first[id] = f.Path
	return "", false
}
