package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

var errIrregular = errors.New("it is a link or a device")

// folder is a folder on this machine, as a file system from which no link leads
// out and in which nothing but files and folders can be opened: opening a FIFO
// would wait for ever.
type folder struct {
	root *os.Root
	fs.FS
}

func newFolder(name string) (*folder, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &folder{root, root.FS()}, nil
}

func (f *folder) Close() error { return f.root.Close() }

// Open implements fs.FS.
func (f *folder) Open(name string) (fs.File, error) {
	if _, err := f.Stat(name); err != nil {
		return nil, err
	}
	return f.FS.Open(name)
}

// Stat implements fs.StatFS.
func (f *folder) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	info, err := f.root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return info, nil
}

// ReadDir implements fs.ReadDirFS.
func (f *folder) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, err := f.Stat(name); err != nil {
		return nil, err
	}
	return fs.ReadDir(f.FS, name)
}
