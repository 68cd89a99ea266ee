package logs

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Limits of one search.
const (
	maxFiles   = 5000    // that are copied: the newest
	maxMatches = 200_000 // that are looked at
	maxDepth   = 12
	batch      = 512 // entries of a folder that are read at once
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
	Files   []File   // newest first, each once, at most maxFiles
	Older   int      // files that are left out because there are so many
	Skipped []string // with the reason: what leads out of its folder
	Odd     []string // with the reason: what is no file, or one that is there by another name
	Secret  []string // what holds keys or credentials, with "never read" before it
	Denied  []string // folders and files that could not be looked at
	// Unseen says that there may be more than was looked at.
	Unseen bool
}

// finder searches for one glob after the other. What it holds does not grow
// with the number of files, but for 8 bytes of each.
type finder struct {
	Found
	ctx     context.Context
	since   time.Time
	listing bool
	seen    map[uint64]bool // hashes of paths behind links
	seed    maphash.Seed
	matches int
	kept    oldest

	// of the glob at work
	top   string // the folder before the first wildcard
	base  string // the same, links resolved
	final string // the same, junctions too; top where the system does not tell
	links []string
	dir   string // the folder last asked for
	real  string // the same, links resolved
}

// Find searches for the globs. Links are followed only where the glob names
// them, and only to regular files inside of the folder that the glob names.
// Files that were last written to before since are left out.
//
// Files that hold keys or credentials are never among them, whatever the globs.
func Find(ctx context.Context, globs []string, since time.Time) Found {
	return find(&finder{ctx: ctx, since: since}, globs)
}

// List is Find for metadata: the files are told, and not opened, so that keys
// are among them.
func List(ctx context.Context, globs []string) Found {
	return find(&finder{ctx: ctx, listing: true}, globs)
}

func find(f *finder, globs []string) Found {
	f.seen, f.seed = map[uint64]bool{}, maphash.MakeSeed()
	for _, g := range globs {
		folder, elems := split(g)
		base, err := filepath.EvalSymlinks(folder)
		if err != nil {
			f.denied(folder, err)
			continue
		}
		f.top, f.base, f.final, f.links = folder, base, folder, nil
		if final, err := paths.BehindLinks(folder); err == nil {
			f.final = final
		}
		f.walk(folder, elems, 0)
		slices.Sort(f.links)
		for _, path := range f.links { // after the files that they may lead to
			f.follow(path)
		}
	}
	sort.Sort(sort.Reverse(f.kept))
	f.Files = f.kept
	return f.Found
}

func newer(a, b File) int { return cmp.Or(b.MTime.Compare(a.MTime), cmp.Compare(a.Path, b.Path)) }

// oldest is a heap with the oldest file on top.
type oldest []File

func (h oldest) Len() int           { return len(h) }
func (h oldest) Less(i, j int) bool { return newer(h[i], h[j]) > 0 }
func (h oldest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for heap.Push.
func (h *oldest) Push(x any) { *h = append(*h, x.(File)) }

// Pop is for heap.Pop.
func (h *oldest) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
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

// full reports whether the search is to end.
func (f *finder) full() bool {
	f.Unseen = f.Unseen || f.matches >= maxMatches || f.ctx.Err() != nil
	return f.matches >= maxMatches || f.ctx.Err() != nil
}

func (f *finder) denied(path string, err error) {
	if errors.Is(err, fs.ErrPermission) && len(f.Denied) < maxFiles {
		f.Denied = append(f.Denied, path)
	}
}

func (f *finder) odd(path, why string) {
	if len(f.Odd) < maxFiles {
		f.Odd = append(f.Odd, path+": "+why)
	}
}

func (f *finder) walk(dir string, elems []string, depth int) {
	if f.full() {
		return
	}
	if depth > maxDepth {
		f.Unseen = true
		return
	}
	if len(elems) == 1 && !strings.ContainsAny(elems[0], "*?") {
		f.one(filepath.Join(dir, elems[0]))
		return
	}
	d, err := os.Open(dir)
	if err != nil {
		f.denied(dir, err)
		return
	}
	defer d.Close()
	if elems[0] == "**" {
		f.walk(dir, elems[1:], depth+1)
	}
	for !f.full() {
		entries, err := d.ReadDir(batch)
		for _, e := range entries {
			f.entry(dir, e, elems, depth)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				f.denied(dir, err)
			}
			return
		}
	}
}

func (f *finder) entry(dir string, e fs.DirEntry, elems []string, depth int) {
	path := filepath.Join(dir, e.Name())
	switch {
	case f.full():
	case elems[0] == "**":
		if e.IsDir() {
			f.walk(path, elems, depth+1)
		}
	case !match(elems[0], e.Name()):
	case len(elems) > 1:
		if e.IsDir() {
			f.walk(path, elems[1:], depth+1)
		}
	case e.IsDir() && elems[0] == "*": // folders are below such a glob, not what it means
	default:
		f.take(path, e.Type(), e.Info)
	}
}

// match compares one path element; case counts where it does on this system.
func match(pattern, name string) bool {
	if runtime.GOOS == "windows" {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	return bundles.GlobElement(pattern, name)
}

// one takes the file that a glob without wildcards names.
func (f *finder) one(path string) {
	fi, err := os.Lstat(path)
	if err != nil {
		f.denied(path, err)
		return
	}
	f.take(path, fi.Mode().Type(), func() (fs.FileInfo, error) { return fi, nil })
}

// take adds a regular file. Folders, FIFOs, sockets and devices are none; links
// wait until all files were seen.
func (f *finder) take(path string, mode fs.FileMode, info func() (fs.FileInfo, error)) {
	f.matches++
	switch {
	case mode&fs.ModeSymlink != 0:
		if !f.again(path) {
			f.links = append(f.links, path)
		}
		return
	case !mode.IsRegular():
		f.odd(path, kind(mode)+", skipped")
		return
	}
	rel, err := filepath.Rel(f.top, path)
	if err != nil || f.secret(path, rel) {
		return
	}
	fi, err := info()
	if err != nil {
		f.denied(path, err) // or gone
		return
	}
	f.add(path, path, rel, fi)
}

func (f *finder) follow(path string) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		f.odd(path, "a link that leads nowhere, skipped")
		f.denied(path, err)
		return
	}
	rel, err := filepath.Rel(f.base, real)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		if len(f.Skipped) < maxFiles {
			f.Skipped = append(f.Skipped, path+": a link out of its folder, skipped")
		}
		return
	}
	fi, err := os.Stat(real)
	switch {
	case err != nil:
		f.denied(path, err)
	case !fi.Mode().IsRegular():
		f.odd(path, "a link to "+kind(fi.Mode())+", skipped")
	case f.secret(real, rel):
	case !f.add(path, real, rel, fi):
		f.odd(path, "another name of "+real)
	}
}

// secret reports whether a file, which is rel below the folder of the glob, is
// not for reading, and says so.
func (f *finder) secret(path, rel string) bool {
	if f.listing || !profiles.NeverRead(path) && !profiles.NeverRead(filepath.Join(f.final, rel)) {
		return false
	}
	if len(f.Secret) < maxFiles {
		f.Secret = append(f.Secret, "never read: "+path) // the redactor would take what is behind such a name
	}
	return true
}

// add keeps a file if it is among the newest; false when it is known by a path.
func (f *finder) add(path, real, rel string, fi fs.FileInfo) bool {
	if f.again(real) {
		return false
	}
	if !f.since.IsZero() && fi.ModTime().Before(f.since) {
		return true
	}
	heap.Push(&f.kept, File{Path: path, Base: f.base, Real: rel, Size: fi.Size(), MTime: fi.ModTime()})
	if len(f.kept) > maxFiles {
		heap.Pop(&f.kept)
		f.Older++
	}
	return true
}

// again reports whether a file was found before, perhaps by another name.
func (f *finder) again(real string) bool {
	dir, name := filepath.Split(real)
	if dir != f.dir {
		f.dir, f.real = dir, dir
		if r, err := filepath.EvalSymlinks(filepath.Clean(dir)); err == nil {
			f.real = r
		}
	}
	h := maphash.String(f.seed, filepath.Join(f.real, name))
	if f.seen[h] {
		return true
	}
	f.seen[h] = true
	return false
}

// kind names what is not a file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return fmt.Sprintf("no regular file (%v)", mode)
}
