// Package cache counts the data that waits in the folders of a cache: numbers,
// sizes and times, and nothing of its content.
//
// A cache may hold millions of files on a disk that is slow because it is full,
// so a walk is bounded, and what waits is counted before all else. No link and
// no junction is followed: there are no loops.
package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Limits of one walk.
const (
	MaxTime    = 20 * time.Second
	MaxEntries = 200_000
	maxFolders = 20_000 // that are told one by one
	maxDepth   = 64
	batch      = 512 // entries of a folder that are read at once
)

// Walk counts what is below a root. folders are those of a profile. It ends
// early, with numbers that are lower bounds, with ctx or after maxEntries
// entries. The error says what could not be read.
func Walk(ctx context.Context, root string, folders []string, maxEntries int) (bundles.CacheWalk, []bundles.CacheFolder, error) {
	w := &walker{ctx: ctx, begin: time.Now(), left: maxEntries, index: map[[2]string]int{}}
	w.sum.Complete = true
	top := place{path: root, folder: -1}
	for _, f := range folders {
		w.patterns = append(w.patterns, strings.Split(f, "/"))
		top.fits = append(top.fits, fit{pattern: len(w.patterns) - 1})
	}
	w.near = []place{top}
	for w.next() {
	}
	w.sum.T = time.Now().UTC()
	return w.sum, w.folders(), w.problem()
}

// fit is a pattern that a path fits so far.
type fit struct {
	pattern    int
	host, disk string
}

// place is a folder to be read.
type place struct {
	path   string
	depth  int
	fits   []fit
	folder int // of the waiting data that it belongs to; -1: none
}

// folder is the waiting data of one host and disk.
type folder struct {
	bundles.CacheFolder
	oldest time.Time
}

type walker struct {
	ctx      context.Context
	begin    time.Time
	patterns [][]string
	left     int // entries
	sum      bundles.CacheWalk
	index    map[[2]string]int
	found    []folder
	// near are folders that hold, or may hold, waiting data; far are all others.
	near, far []place
	failed    int
	first     error
}

// next reads one folder. It returns false when the walk is over.
func (w *walker) next() bool {
	list := &w.near
	if len(w.near) == 0 {
		list = &w.far
	}
	n := len(*list)
	if n == 0 {
		return false
	}
	p := (*list)[n-1]
	*list = (*list)[:n-1]
	if w.full() {
		w.sum.Complete = false
		return false
	}
	if err := w.read(p); err != nil && !(errors.Is(err, fs.ErrNotExist) && p.depth > 0) { // what was sent meanwhile is gone
		w.fail(p, err)
	}
	return true
}

func (w *walker) full() bool { return w.left <= 0 || w.ctx.Err() != nil }

func (w *walker) fail(p place, err error) {
	w.sum.Complete = false
	w.failed++
	if w.first == nil {
		w.first = err
	}
	if p.folder >= 0 {
		if f := &w.found[p.folder]; f.Files == 0 {
			f.Error = err.Error()
		}
	}
}

func (w *walker) problem() error {
	switch {
	case w.failed > 0:
		return fmt.Errorf("%d folders could not be read: %w", w.failed, w.first)
	case w.ctx.Err() != nil:
		return errors.New("the time was over before all was counted")
	case w.left <= 0:
		return errors.New("there is more than was counted")
	}
	return nil
}

func (w *walker) read(p place) error {
	d, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer d.Close()
	for !w.full() {
		entries, err := d.ReadDir(batch)
		for _, e := range entries {
			w.entry(p, e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	w.sum.Complete = false
	return nil
}

func (w *walker) entry(p place, e fs.DirEntry) {
	w.left--
	switch {
	case e.IsDir():
		w.enter(p, e.Name())
	case e.Type().IsRegular():
		if fi, err := e.Info(); err == nil {
			w.count(p.folder, uint64(max(0, fi.Size())), fi.ModTime())
		}
	}
}

func (w *walker) count(at int, size uint64, mtime time.Time) {
	if at < 0 {
		w.sum.OtherBytes += size
		return
	}
	w.sum.PendingBytes += size
	w.sum.PendingFiles++
	f := &w.found[at]
	f.Bytes += size
	f.Files++
	f.Error = ""
	if f.oldest.IsZero() || mtime.Before(f.oldest) {
		f.oldest = mtime
	}
}

// enter puts a folder below p on the list.
func (w *walker) enter(p place, name string) {
	q := place{path: filepath.Join(p.path, name), depth: p.depth + 1, folder: p.folder}
	if q.depth > maxDepth {
		w.sum.Complete = false
		return
	}
	if q.folder < 0 {
		w.match(p, &q, name)
	}
	if q.folder >= 0 || len(q.fits) > 0 {
		w.near = append(w.near, q)
	} else {
		w.far = append(w.far, q)
	}
}

// match keeps the patterns that a folder below p still fits.
func (w *walker) match(p place, q *place, name string) {
	for _, f := range p.fits {
		elems := w.patterns[f.pattern]
		switch elem := elems[p.depth]; {
		case elem == profiles.CacheHost:
			f.host = name
		case elem == profiles.CacheDisk:
			f.disk = name
		case !strings.EqualFold(elem, name):
			continue
		}
		if q.depth == len(elems) {
			q.folder, q.fits = w.folderOf(f.host, f.disk), nil
			return
		}
		q.fits = append(q.fits, f)
	}
}

func (w *walker) folderOf(host, disk string) int {
	key := [2]string{host, disk}
	i, ok := w.index[key]
	if !ok {
		i = len(w.found)
		w.index[key] = i
		w.found = append(w.found, folder{CacheFolder: bundles.CacheFolder{Host: host, Disk: disk}})
	}
	return i
}

// folders are those with the most bytes, by host and disk.
func (w *walker) folders() []bundles.CacheFolder {
	out := []bundles.CacheFolder{}
	for _, f := range w.found {
		if !f.oldest.IsZero() {
			f.OldestAgeSeconds = max(0, w.begin.Sub(f.oldest).Seconds())
		}
		out = append(out, f.CacheFolder)
	}
	if len(out) > maxFolders {
		sort.Sort(bySize(out))
		out = out[:maxFolders]
	}
	sort.Sort(byName(out))
	return out
}

type bySize []bundles.CacheFolder

func (l bySize) Len() int           { return len(l) }
func (l bySize) Less(i, j int) bool { return l[i].Bytes > l[j].Bytes }
func (l bySize) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

type byName []bundles.CacheFolder

func (l byName) Len() int      { return len(l) }
func (l byName) Swap(i, j int) { l[i], l[j] = l[j], l[i] }

func (l byName) Less(i, j int) bool {
	return l[i].Host < l[j].Host || l[i].Host == l[j].Host && l[i].Disk < l[j].Disk
}
