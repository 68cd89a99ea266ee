package analyzer

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
)

// rawFS is the file system of a bundle of raw logs: each file where a bundle
// has it, whatever its name was. It lists no folders. It is safe for concurrent
// use once all files were added.
type rawFS struct {
	archive *archive.Archive
	open    map[string]func() (fs.File, error)

	mu    sync.Mutex
	fixed map[string][]byte // header and manifest
}

func newRawFS(a *archive.Archive) *rawFS {
	return &rawFS{archive: a, open: map[string]func() (fs.File, error){}}
}

// add adds a file under a name that is free, and gives the name: a second one
// is called as the collector calls it.
func (r *rawFS) add(name string, open func() (fs.File, error)) string {
	free := name
	for n := 2; r.open[free] != nil; n++ {
		free = fmt.Sprintf("%s~%d", name, n)
	}
	r.open[free] = open
	return free
}

// paths lists the files, without header and manifest, which nobody sent.
func (r *rawFS) paths() []string { return slices.Collect(maps.Keys(r.open)) }

// Open implements fs.FS.
func (r *rawFS) Open(name string) (fs.File, error) {
	if open := r.open[name]; open != nil {
		return open()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if data, ok := r.fixed[name]; ok {
		return &memoryFile{bytes.NewReader(data), memoryInfo{path.Base(name), int64(len(data))}}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Close closes the archive.
func (r *rawFS) Close() error { return r.archive.Close() }

// memoryFile is a file that was made here.
type memoryFile struct {
	*bytes.Reader
	info memoryInfo
}

func (m *memoryFile) Stat() (fs.FileInfo, error) { return m.info, nil }
func (m *memoryFile) Close() error               { return nil }

type memoryInfo struct {
	name string
	size int64
}

func (m memoryInfo) Name() string     { return m.name }
func (m memoryInfo) Size() int64      { return m.size }
func (memoryInfo) Mode() fs.FileMode  { return 0o400 }
func (memoryInfo) ModTime() time.Time { return time.Time{} }
func (memoryInfo) IsDir() bool        { return false }
func (memoryInfo) Sys() any           { return nil }
