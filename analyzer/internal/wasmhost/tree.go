package wasmhost

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// keepBytes is how much of the files of a Tree stays in memory while no
// instance has them open.
const keepBytes = 32 << 20

// Tree is the read-only file system of a module: what was added and nothing
// else. Contents are loaded when first opened. It serves one instance at a time.
type Tree struct {
	files map[string]*entry
	dirs  map[string][]string // base names of the members, sorted
	kept  int64               // bytes of loaded files that are not open
	seen  []func(name string) // called for every file that is opened
}

// entry is one file. It is loaded while it is open, or kept.
type entry struct {
	load   func() ([]byte, error)
	loaded bool
	data   []byte
	err    error
	open   int
}

// NewTree gives an empty tree.
func NewTree() *Tree {
	return &Tree{files: map[string]*entry{}, dirs: map[string][]string{".": nil}}
}

// Add adds a file whose bytes load gives. A path that is not valid (fs.ValidPath),
// there already, or both a file and a folder is an error.
func (t *Tree) Add(name string, load func() ([]byte, error)) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("add file: %q is not a path", name)
	}
	if _, isDir := t.dirs[name]; isDir || t.files[name] != nil {
		return fmt.Errorf("add file: %q is there already", name)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if t.files[dir] != nil {
			return fmt.Errorf("add file: %q is a file", dir)
		}
	}
	t.files[name] = &entry{load: load}
	t.link(name)
	return nil
}

// AddBytes adds a file that is in memory anyway.
func (t *Tree) AddBytes(name string, data []byte) error {
	return t.Add(name, func() ([]byte, error) { return data, nil })
}

// put adds a file that is in memory, or replaces one that nobody has open.
func (t *Tree) put(name string, data []byte) error {
	if e := t.files[name]; e != nil {
		if e.loaded && e.open == 0 {
			t.kept -= int64(len(e.data))
		}
		*e = entry{load: func() ([]byte, error) { return data, nil }}
		return nil
	}
	return t.AddBytes(name, data)
}

// link enters a path into its folder, and the folder into its own.
func (t *Tree) link(name string) {
	for name != "." {
		dir, base := path.Dir(name), path.Base(name)
		i, found := slices.BinarySearch(t.dirs[dir], base)
		if found {
			return
		}
		t.dirs[dir] = slices.Insert(t.dirs[dir], i, base)
		name = dir
	}
}

// Paths lists the files, sorted.
func (t *Tree) Paths() []string { return slices.Sorted(maps.Keys(t.files)) }

// Open implements fs.FS.
func (t *Tree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if members, ok := t.dirs[name]; ok {
		return &treeDir{tree: t, name: name, members: members}, nil
	}
	e, ok := t.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	for _, seen := range t.seen {
		seen(name)
	}
	data, err := t.acquire(e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w: %v", errUnreadable, err)}
	}
	return newTreeFile(t, e, name, data), nil
}

// errUnreadable reaches the guest as an I/O error.
var errUnreadable = errors.New("file of the bundle cannot be read")

// acquire loads a file and counts its user. A file that could not be read once
// is not tried again.
func (t *Tree) acquire(e *entry) ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	if e.loaded && e.open == 0 {
		t.kept -= int64(len(e.data))
	}
	if !e.loaded {
		if e.data, e.err = e.load(); e.err != nil {
			return nil, e.err
		}
		e.loaded = true
	}
	e.open++
	return e.data, nil
}

// release lets go of a file that nobody has open, unless there is room to keep it.
func (t *Tree) release(e *entry) {
	if e.open--; e.open > 0 {
		return
	}
	if t.kept+int64(len(e.data)) > keepBytes {
		e.data, e.loaded = nil, false
		return
	}
	t.kept += int64(len(e.data))
}

// forget closes what an instance that died left open.
func (t *Tree) forget() {
	t.seen = nil
	for _, e := range t.files {
		if e.open > 0 {
			e.open = 1
			t.release(e)
		}
	}
}

// isDir tells folders from files among the members of a folder.
func (t *Tree) isDir(name string) bool {
	_, ok := t.dirs[strings.TrimPrefix(name, "./")]
	return ok
}
