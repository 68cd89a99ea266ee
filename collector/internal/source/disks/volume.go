package disks

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Volume names the volume that holds a path: equal names are one volume. Links
// are followed. Of a path that does not exist it is the volume of the nearest
// folder above that does.
func Volume(path string) (string, error) {
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return volumeOf(real)
		}
		up := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || up == path {
			return "", err
		}
		if to, lerr := os.Readlink(path); lerr == nil { // a link to what is not there yet
			if !filepath.IsAbs(to) {
				to = filepath.Join(up, to)
			}
			up = filepath.Dir(to)
		}
		path = up
	}
}

// Room tells how many bytes may still be written to the volume of a folder, and
// how many it holds altogether.
func Room(folder string) (free, total int64, err error) {
	u, err := statfs(folder)
	return int64(min(u.available, 1<<62)), int64(min(u.total, 1<<62)), err
}
