package bundlezip

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// tree has the files by name and the directories that their names imply.
type tree struct {
	files map[string]*entry
	dirs  map[string][]fs.DirEntry // sorted by name; "." is the root
}

// build fills the tree. The first of several entries with one name wins; an
// entry below a file, or a file where a directory is, is rejected.
func (r *Reader) build(entries []*entry) error {
	r.files, r.dirs = map[string]*entry{}, map[string][]fs.DirEntry{".": nil}
	top := topFolder(entries)
	for _, e := range entries {
		if e.name+"/" == top {
			continue
		}
		name, ok := strings.CutPrefix(e.name, top)
		if !ok {
			r.reject(e.name, "it stands beside the bundle's folder")
			continue
		}
		e.name = name
		if err := r.add(e); err != nil {
			return err
		}
	}
	for _, list := range r.dirs {
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return nil
}

// macFolder is what macOS adds to every zip that it makes.
const macFolder = "__MACOSX/"

// topFolder is the one folder, with a slash, that holds a bundle and everything
// else; "" when there is none.
func topFolder(entries []*entry) string {
	top, bundle := "", false
	for _, e := range entries {
		first, rest, below := strings.Cut(e.name, "/")
		switch {
		case strings.HasPrefix(e.name+"/", macFolder):
			continue
		case !below && e.mode != fs.ModeDir:
			return ""
		case top != "" && top != first+"/":
			return ""
		}
		top = first + "/"
		bundle = bundle || rest == bundles.HeaderPath
	}
	if !bundle {
		return ""
	}
	return top
}

func (r *Reader) add(e *entry) error {
	if _, ok := r.files[e.name]; ok {
		r.reject(e.name, "a file of that name came before")
		return nil
	}
	if e.mode == fs.ModeDir {
		return r.addDir(e.name)
	}
	if _, ok := r.dirs[e.name]; ok {
		r.reject(e.name, "a folder of that name came before")
		return nil
	}
	dir := path.Dir(e.name)
	if name, ok := r.fileAbove(dir); ok {
		r.reject(e.name, fmt.Sprintf("%q is a file", name))
		return nil
	}
	if err := r.addDir(dir); err != nil {
		return err
	}
	r.files[e.name] = e
	r.dirs[dir] = append(r.dirs[dir], fs.FileInfoToDirEntry(fileInfo{e}))
	return nil
}

// fileAbove finds a file where a directory would have to be.
func (r *Reader) fileAbove(dir string) (string, bool) {
	for ; dir != "."; dir = path.Dir(dir) {
		if _, ok := r.files[dir]; ok {
			return dir, true
		}
		if _, ok := r.dirs[dir]; ok {
			break
		}
	}
	return "", false
}

// addDir adds a directory and those above it.
func (r *Reader) addDir(dir string) error {
	if name, ok := r.fileAbove(dir); ok {
		r.reject(dir, fmt.Sprintf("%q is a file", name))
		return nil
	}
	var missing []string
	for _, ok := r.dirs[dir]; !ok; _, ok = r.dirs[dir] {
		missing = append(missing, dir)
		dir = path.Dir(dir)
	}
	if len(r.dirs)+len(missing) > zipform.MaxEntries {
		return fmt.Errorf("%w: %d folders", ErrLimit, zipform.MaxEntries)
	}
	for _, dir := range slices.Backward(missing) {
		up := path.Dir(dir)
		r.dirs[dir] = nil
		r.dirs[up] = append(r.dirs[up], fs.FileInfoToDirEntry(dirInfo(path.Base(dir))))
	}
	return nil
}

// Open opens a file or directory.
func (r *Reader) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if list, ok := r.dirs[name]; ok {
		return &openDir{info: dirInfo(path.Base(name)), list: list}, nil
	}
	e, ok := r.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	c, err := r.contents(e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return c, nil
}

// Stat describes a file or directory.
func (r *Reader) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	if _, ok := r.dirs[name]; ok {
		return dirInfo(path.Base(name)), nil
	}
	if e, ok := r.files[name]; ok {
		return fileInfo{e}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists a directory, sorted by name.
func (r *Reader) ReadDir(name string) ([]fs.DirEntry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	if list, ok := r.dirs[name]; ok {
		return slices.Clone(list), nil
	}
	if _, ok := r.files[name]; ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
}

// fileInfo describes an entry; its size is what the archive claims.
type fileInfo struct{ e *entry }

func (i fileInfo) Name() string       { return path.Base(i.e.name) }
func (i fileInfo) Size() int64        { return i.e.size }
func (i fileInfo) Mode() fs.FileMode  { return 0o444 }
func (i fileInfo) ModTime() time.Time { return i.e.modTime }
func (i fileInfo) IsDir() bool        { return false }
func (i fileInfo) Sys() any           { return nil }

// dirInfo is the base name of a directory. Directories have no time: most are
// only implied.
type dirInfo string

func (i dirInfo) Name() string       { return string(i) }
func (i dirInfo) Size() int64        { return 0 }
func (i dirInfo) Mode() fs.FileMode  { return fs.ModeDir | 0o555 }
func (i dirInfo) ModTime() time.Time { return time.Time{} }
func (i dirInfo) IsDir() bool        { return true }
func (i dirInfo) Sys() any           { return nil }

// openDir is an open directory.
type openDir struct {
	info dirInfo
	list []fs.DirEntry
	pos  int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: string(d.info), Err: errIsDir}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.list[d.pos:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	d.pos += len(rest)
	return slices.Clone(rest), nil
}
