package wasmhost

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"time"
)

// treeFile is an open file. It has what WASI's calls need, ReaderAt and Seeker,
// and no Write.
type treeFile struct {
	r     *bytes.Reader
	tree  *Tree
	entry *entry // nil when closed
	info  treeInfo
}

func newTreeFile(t *Tree, e *entry, name string, data []byte) *treeFile {
	return &treeFile{r: bytes.NewReader(data), tree: t, entry: e, info: treeInfo{name: path.Base(name), size: int64(len(data))}}
}

func (f *treeFile) Read(p []byte) (int, error)                { return f.r.Read(p) }
func (f *treeFile) ReadAt(p []byte, off int64) (int, error)   { return f.r.ReadAt(p, off) }
func (f *treeFile) Seek(off int64, whence int) (int64, error) { return f.r.Seek(off, whence) }

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *treeFile) Close() error {
	if f.entry == nil {
		return fs.ErrClosed
	}
	f.tree.release(f.entry)
	f.entry = nil
	f.r.Reset(nil)
	return nil
}

// treeDir is an open folder.
type treeDir struct {
	tree    *Tree
	name    string
	members []string
	next    int
}

func (d *treeDir) Stat() (fs.FileInfo, error) {
	return treeInfo{name: path.Base(d.name), dir: true}, nil
}

func (d *treeDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

func (d *treeDir) Close() error { return nil }

// ReadDir implements fs.ReadDirFile; members are in order of their names.
func (d *treeDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.members[d.next:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	d.next += len(rest)
	out := make([]fs.DirEntry, len(rest))
	for i, base := range rest {
		out[i] = treeEntry{tree: d.tree, path: path.Join(d.name, base), info: treeInfo{name: base, dir: d.tree.isDir(path.Join(d.name, base))}}
	}
	return out, nil
}

// treeEntry is a member of a folder.
type treeEntry struct {
	tree *Tree
	path string
	info treeInfo
}

func (e treeEntry) Name() string      { return e.info.name }
func (e treeEntry) IsDir() bool       { return e.info.dir }
func (e treeEntry) Type() fs.FileMode { return e.info.Mode().Type() }

// Info loads the file, because its size is not known before.
func (e treeEntry) Info() (fs.FileInfo, error) { return fs.Stat(e.tree, e.path) }

// treeInfo describes a file: the same times for all, on every machine.
type treeInfo struct {
	name string
	size int64
	dir  bool
}

func (i treeInfo) Name() string { return i.name }
func (i treeInfo) Size() int64  { return i.size }
func (i treeInfo) IsDir() bool  { return i.dir }
func (i treeInfo) Sys() any     { return nil }

// ModTime is the same for everything.
func (i treeInfo) ModTime() time.Time { return time.Unix(0, 0).UTC() }

func (i treeInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
