package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Limits of one search.
const (
	maxFiles   = 5000    // that are copied: the newest
	maxMatches = 200_000 // that are looked at
	maxDepth   = 12
)

// File is a file that a glob found.
type File struct {
	Path  string // as found
	Base  string // the folder that the glob names, links resolved
	Real  string // below Base, behind links
	Size  int64
	MTime time.Time
}

// Found is the result of a search.
type Found struct {
	Files   []File   // newest first, each once
	Skipped []string // with the reason
	Denied  []string // folders and files that could not be looked at
	// Unseen says that there may be more than was looked at.
	Unseen bool
}

// finder searches for one glob.
type finder struct {
	*Found
	ctx  context.Context
	top  string // the folder before the first wildcard
	base string // the same, links resolved
	seen map[string]bool
}

// Find searches for the globs. Links are followed only where the glob names
// them, and only to regular files inside of the folder that the glob names.
func Find(ctx context.Context, globs []string) Found {
	var out Found
	seen := map[string]bool{}
	for _, g := range globs {
		folder, elems := split(g)
		base, err := filepath.EvalSymlinks(folder)
		if err != nil {
			if errors.Is(err, fs.ErrPermission) {
				out.Denied = append(out.Denied, folder)
			}
			continue
		}
		f := &finder{Found: &out, ctx: ctx, top: folder, base: base, seen: seen}
		f.walk(folder, elems, 0)
	}
	slices.SortFunc(out.Files, func(a, b File) int {
		return cmp.Or(b.MTime.Compare(a.MTime), cmp.Compare(a.Path, b.Path))
	})
	return out
}

// split cuts a glob into the folder before the first wildcard and the elements
// behind it.
func split(glob string) (string, []string) {
	glob = filepath.Clean(glob)
	first := strings.IndexAny(glob, "*?")
	if first < 0 {
		first = len(glob)
	}
	at := strings.LastIndexByte(glob[:first], filepath.Separator)
	return glob[:max(at, 1)], strings.Split(glob[at+1:], string(filepath.Separator))
}

func (f *finder) walk(dir string, elems []string, depth int) {
	if f.ctx.Err() != nil {
		return
	}
	if depth > maxDepth || len(f.Files) >= maxMatches {
		f.Unseen = true
		return
	}
	if len(elems) == 1 && !strings.ContainsAny(elems[0], "*?") {
		f.take(filepath.Join(dir, elems[0]))
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			f.Denied = append(f.Denied, dir)
		}
		return
	}
	if elems[0] == "**" {
		f.walk(dir, elems[1:], depth+1)
	}
	for _, e := range entries {
		if len(f.Files) >= maxMatches || f.ctx.Err() != nil {
			f.Unseen = true
			return
		}
		path := filepath.Join(dir, e.Name())
		switch {
		case elems[0] == "**":
			if e.IsDir() {
				f.walk(path, elems, depth+1)
			}
		case !match(elems[0], e.Name()):
		case len(elems) == 1:
			f.take(path)
		case e.IsDir():
			f.walk(path, elems[1:], depth+1)
		}
	}
}

// match compares one path element; case counts where it does on this system.
func match(pattern, name string) bool {
	if runtime.GOOS == "windows" {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	return bundles.GlobElement(pattern, name)
}

// take adds a regular file. Folders, FIFOs, sockets and devices are none.
func (f *finder) take(path string) {
	fi, err := os.Lstat(path)
	if errors.Is(err, fs.ErrPermission) {
		f.Denied = append(f.Denied, path)
	}
	if err != nil {
		return
	}
	real := path
	rel, err := filepath.Rel(f.top, path)
	if err != nil {
		return
	}
	if fi.Mode()&fs.ModeSymlink != 0 {
		if real, err = filepath.EvalSymlinks(path); err != nil {
			return // leads nowhere
		}
		if rel, err = filepath.Rel(f.base, real); err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			f.Skipped = append(f.Skipped, fmt.Sprintf("%s: a link out of its folder, skipped", path))
			return
		}
		if fi, err = os.Stat(real); err != nil {
			return
		}
	}
	if !fi.Mode().IsRegular() || f.again(real) {
		return
	}
	f.Files = append(f.Files, File{Path: path, Base: f.base, Real: rel, Size: fi.Size(), MTime: fi.ModTime()})
}

// again reports whether a file was found before, perhaps by another name.
func (f *finder) again(real string) bool {
	if r, err := filepath.EvalSymlinks(filepath.Dir(real)); err == nil {
		real = filepath.Join(r, filepath.Base(real))
	}
	if f.seen[real] {
		return true
	}
	f.seen[real] = true
	return false
}
