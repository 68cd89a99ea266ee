package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

const (
	// maxFolders is how many folders may stand around a bundle. What is deeper
	// is content: a log may lie in any folder, with any name.
	maxFolders = 4
	// dirBatch is how many entries of a folder are read at a time.
	dirBatch = 1000
)

// survey is what a tree has.
type survey struct {
	roots    []string          // folders that are bundles
	members  []string          // files that belong to none
	problems []bundles.Problem // links and devices, and what cannot be listed

	limit   int // of entries
	entries int
}

// look goes through a tree. Below a bundle's folder it only looks for what no
// bundle has. It fails with ErrLimit when there are more entries than limit.
func look(ctx context.Context, tree fs.FS, limit int) (*survey, error) {
	s := &survey{limit: limit}
	return s, s.folder(ctx, tree, ".", false)
}

// folder looks at one folder; inside means that it belongs to a bundle.
func (s *survey) folder(ctx context.Context, tree fs.FS, dir string, inside bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	list, err := s.list(tree, dir)
	if errors.Is(err, bundlezip.ErrLimit) || (err != nil && dir == ".") {
		return err
	}
	if err != nil {
		s.problems = append(s.problems, bundles.Problem{Kind: bundles.ProblemUnreadable, Path: dir, Detail: cause(err).Error()})
	}
	if !inside && depth(dir) <= maxFolders && isBundle(list) {
		s.roots = append(s.roots, dir)
		inside = true
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			if err := s.folder(ctx, tree, name, inside); err != nil {
				return err
			}
		case !e.Type().IsRegular():
			s.problems = append(s.problems, bundles.Problem{Kind: bundles.ProblemRejected, Path: name, Detail: errIrregular.Error()})
		case !inside:
			s.members = append(s.members, name)
		}
	}
	return nil
}

// list lists a folder, sorted by name, and never more of it than the limit.
func (s *survey) list(tree fs.FS, dir string) (list []fs.DirEntry, err error) {
	f, err := tree.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrInvalid}
	}
	for {
		some, err := d.ReadDir(dirBatch)
		list = append(list, some...)
		if s.entries += len(some); s.entries > s.limit {
			return nil, fmt.Errorf("%w: more than %d entries", bundlezip.ErrLimit, s.limit)
		}
		if err != nil || len(some) == 0 {
			slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return list, err
		}
	}
}

// isBundle knows a bundle's folder by its header, and one that lost it by the
// manifest beside what only bundles have.
func isBundle(list []fs.DirEntry) bool {
	has := func(name string, dir bool) bool {
		return slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == name && e.IsDir() == dir })
	}
	return has(bundles.HeaderPath, false) ||
		has(bundles.ManifestPath, false) && (has("facts", true) || has("metrics", true) || has("collect.log", false))
}

// depth is how many elements a path has.
func depth(name string) int {
	if name == "." {
		return 0
	}
	return strings.Count(name, "/") + 1
}

// under reports whether a path is a folder or something in it.
func under(name, dir string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// Companion reports whether a path is of a file that an operating system adds
// on its own account where a folder was opened or packed.
func Companion(name string) bool {
	if strings.HasPrefix(name+"/", "__MACOSX/") || strings.Contains(name, "/__MACOSX/") {
		return true
	}
	base := path.Base(name)
	return strings.HasPrefix(base, "._") || slices.ContainsFunc([]string{".DS_Store", "desktop.ini", "Thumbs.db"}, func(s string) bool {
		return strings.EqualFold(s, base)
	})
}

// cause strips operation and path, which the message has already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
