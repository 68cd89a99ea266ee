// Package files reads the metadata of named paths; nothing is opened.
package files

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Read looks at every path. A path that expand does not know does not exist.
func Read(list []profiles.File, expand func(string) (string, bool)) (bundles.Files, error) {
	f := bundles.Files{Taken: time.Now().UTC(), Items: []bundles.FileInfo{}}
	var errs []error
	for _, p := range list {
		item := bundles.FileInfo{Name: p.Name, Path: p.Path}
		if path, ok := expand(p.Path); ok {
			item.Path = path
			errs = append(errs, look(&item))
		}
		f.Items = append(f.Items, item)
	}
	return f, errors.Join(errs...)
}

func look(item *bundles.FileInfo) error {
	fi, err := os.Lstat(item.Path)
	if err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		item.LinkTarget, _ = os.Readlink(item.Path)
		fi, err = os.Stat(item.Path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		item.Error = err.Error()
		return err
	}
	t := fi.ModTime().UTC()
	item.Exists, item.Dir, item.MTime = true, fi.IsDir(), &t
	if fi.Mode().IsRegular() {
		item.Size = fi.Size()
	}
	return nil
}
