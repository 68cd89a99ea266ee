package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// enter finds the bundle in a tree: the one that there is, or the one of the
// name that is asked for.
func (d *door) enter(ctx context.Context, t *tree, o Options) (*Archive, error) {
	want := o.Inner
	if _, err := fs.Stat(t, bundles.HeaderPath); err == nil && !t.folder && want == "" {
		return d.archive(ctx, found{Inner{Dir: "."}, t}, nil)
	}
	f := &finder{door: d}
	if err := f.tree(ctx, t, "", nil); err != nil {
		return nil, err
	}
	switch {
	case want != "":
		return f.named(ctx, want)
	case o.Loose && f.noBundle() && documentOf(t) == nil:
		return d.loose(ctx, t, f.why(ctx, t))
	case len(f.list) == 1 && f.list[0].Err == nil:
	default:
		return nil, f.why(ctx, t)
	}
	if f.list[0].tree == t {
		f.list[0].Name = "" // folders around it are nothing to speak of
	}
	a, err := d.archive(ctx, f.list[0], f.notes)
	if err == nil {
		a.Private = f.secrets()
	}
	return a, err
}

// archive makes the result.
func (d *door) archive(ctx context.Context, in found, notes []string) (*Archive, error) {
	in.settle(d.caps, notes)
	sum, err := in.tree.sum(ctx)
	if err != nil {
		return nil, err
	}
	a := &Archive{Inner: in.Name, SHA256: sum, Problems: in.Problems, Notes: in.Notes, FS: in.tree.FS}
	if in.Dir != "." {
		a.FS, err = fs.Sub(in.tree.FS, in.Dir)
	}
	return a, err
}

// found is a bundle that was found, in its tree.
type found struct {
	Inner
	tree *tree // nil when there is an error
}

// settle adds what is known of the tree, in the form that people see, with
// notes on what is around it.
func (in *found) settle(c caps, notes []string) {
	in.Path = in.tree.path
	in.Notes = slices.Concat(in.tree.notes, in.Notes, notes)
	all := slices.Concat(in.tree.problems, in.Problems)
	in.Problems = nil
	beside := 0
	for _, p := range all {
		rest, below := strings.CutPrefix(p.Path, in.Dir+"/")
		switch {
		case p.Kind == bundles.ProblemRejected && Companion(p.Path):
			beside++
			continue
		case below:
			p.Path = rest
		case in.tree.folder && in.Dir != ".":
			in.Notes = append(in.Notes, fmt.Sprintf("%q was not read: %s", p.Path, p.Detail))
			continue
		}
		in.Problems = append(in.Problems, p)
	}
	if beside > 0 {
		in.Notes = append(in.Notes, fmt.Sprintf("files that an operating system added were not read: %d", beside))
	}
	in.Notes = shorten(in.Notes, c.notes, func(n int) string { return fmt.Sprintf("further notes: %d", n) })
	in.Problems = shorten(in.Problems, c.problems, func(n int) bundles.Problem {
		return bundles.Problem{Kind: bundles.ProblemRejected, Detail: fmt.Sprintf("further problems: %d", n)}
	})
}

// shorten keeps the first entries of a list, and says how many there were.
func shorten[T any](list []T, limit int, more func(n int) T) []T {
	if len(list) <= limit {
		return list
	}
	return append(slices.Clone(list[:limit]), more(len(list)-limit))
}

// finder looks for bundles.
type finder struct {
	door    *door
	list    []found
	notes   []string // about files that are not read
	private []privateFile
	skipped int    // archives that were not looked into, because there are too many
	head    []byte // of the file that is looked at
}

// add adds a bundle, or what should be one, up to the cap.
func (f *finder) add(in found) {
	if len(f.list) >= f.door.caps.inner {
		f.skipped++
		return
	}
	f.list = append(f.list, in)
}

// fail adds what should be a bundle and cannot be opened.
func (f *finder) fail(name string, err error) { f.add(found{Inner: Inner{Name: name, Err: err}}) }

// secret notes a private file.
func (f *finder) secret(p privateFile) {
	f.private = append(f.private, p)
	f.notes = append(f.notes, privateNote(p.name, p.why))
}

func (f *finder) notRead(name, why string) {
	f.notes = append(f.notes, fmt.Sprintf("%q was not read: %s", name, why))
}

// tree looks for bundles in a tree; prefix is the tree's own name.
func (f *finder) tree(ctx context.Context, t *tree, prefix string, around []bundles.Problem) error {
	s, err := look(ctx, t, f.door.caps.entries)
	if t.folder && errors.Is(err, bundlezip.ErrLimit) {
		return &Refusal{bundlezip.ErrLimit, fmt.Sprintf("it has more than %d files and folders", f.door.caps.entries), "name the bundle in it, or a smaller folder"}
	}
	if err != nil {
		return err
	}
	t.problems = append(t.problems, s.problems...)
	for _, root := range s.roots {
		name := path.Join(prefix, root)
		if name == "." {
			name = ""
		}
		f.add(found{Inner{Name: name, Dir: root, Problems: slices.Concat(around, s.othersOf(root, t))}, t})
	}
	t.problems = slices.DeleteFunc(t.problems, func(p bundles.Problem) bool {
		return slices.ContainsFunc(s.roots, func(root string) bool { return under(p.Path, root) && root != "." })
	})
	for _, name := range s.members {
		if err := f.member(ctx, t, name, path.Join(prefix, name)); err != nil {
			return err
		}
	}
	return nil
}

// othersOf are the problems of a tree that are those of one bundle in it.
func (s *survey) othersOf(root string, t *tree) (list []bundles.Problem) {
	for _, p := range t.problems {
		if root != "." && under(p.Path, root) {
			list = append(list, p)
		}
	}
	return list
}

// member looks at one file that belongs to no bundle. Its error ends the search.
func (f *finder) member(ctx context.Context, t *tree, name, full string) error {
	if Companion(name) {
		f.notRead(full, "an operating system added it")
		return nil
	}
	info, err := fs.Stat(t, name)
	if err == nil {
		err = f.identify(t, name)
	}
	why := asPrivate(err)
	switch {
	case why != nil:
		f.secret(privateFile{full, why})
	case err == nil && t.level >= maxLevel:
		f.fail(full, errDeep)
		return nil
	case err == nil && len(f.list) >= f.door.caps.inner:
		f.skipped++
		return nil
	case err == nil:
		return f.archive(ctx, t, source{name: path.Base(name), size: info.Size()}, name, full)
	case promises(name):
		f.fail(full, cause(err))
	default:
		f.notRead(full, cause(err).Error())
	}
	return nil
}

// identify fails when a file in a tree is no archive.
func (f *finder) identify(t fs.FS, name string) error {
	in, err := t.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if f.head == nil {
		f.head = make([]byte, headBytes)
	}
	n, err := io.ReadFull(in, f.head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	again, err := t.Open(name)
	if err != nil {
		return err
	}
	defer again.Close()
	_, err = identify(f.head[:n], path.Base(name), again)
	return err
}

// archive looks into an archive in a tree. What it leaves open is only what
// holds a bundle.
func (f *finder) archive(ctx context.Context, t *tree, s source, name, full string) error {
	before, opened := len(f.list), len(f.door.closers)
	err := f.inside(ctx, t, s, name, full)
	if ctx.Err() != nil || errors.Is(err, ErrSpool) {
		return err
	}
	if err != nil {
		f.fail(full, err)
	}
	if !slices.ContainsFunc(f.list[before:], func(in found) bool { return in.Err == nil }) {
		_ = closeAll(f.door.closers[opened:]) // read only, or of the spool
		f.door.closers = f.door.closers[:opened]
		if len(f.list) == before {
			f.notRead(full, "it holds no bundle")
		}
	}
	return nil
}

func (f *finder) inside(ctx context.Context, t *tree, s source, name, full string) error {
	inner, err := f.door.member(ctx, t, s, name)
	if err != nil {
		return err
	}
	sub := &finder{door: f.door, list: f.list}
	around := t.problems
	if t.folder {
		around = nil
	}
	if err := sub.tree(ctx, inner, full, around); err != nil {
		return err
	}
	for i := range sub.list[len(f.list):] {
		sub.list[len(f.list)+i].Notes = sub.notes
	}
	f.private = append(f.private, sub.private...)
	f.skipped += sub.skipped
	f.list = sub.list
	return nil
}

// noBundle reports whether nothing that was found can be opened.
func (f *finder) noBundle() bool {
	return !slices.ContainsFunc(f.list, func(in found) bool { return in.Err == nil })
}

// why is the error of a tree without a bundle that can be opened.
func (f *finder) why(ctx context.Context, t *tree) error {
	switch len(f.list) {
	case 0:
		return f.nothing(t)
	case 1:
		return &InnerError{f.list[0].Name, f.list[0].Err}
	}
	return f.several(ctx)
}

// member opens an archive in a tree.
func (d *door) member(ctx context.Context, t *tree, s source, name string) (*tree, error) {
	in, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	var cut error
	if file, ok := in.(*os.File); ok {
		d.closers = append(d.closers, file)
		s.ra, s.path = file, filepath.Join(t.path, filepath.FromSlash(name))
	} else {
		defer in.Close()
		s, cut = d.copy(ctx, s.name, in, s.size)
		if s.ra == nil {
			return nil, cut
		}
	}
	inner, err := d.open(ctx, s, t.level+1)
	if err != nil {
		return nil, cmp.Or(cut, err)
	}
	if cut != nil {
		inner.problems = append(inner.problems, bundles.Problem{Kind: bundles.ProblemCut, Detail: fmt.Sprintf("the archive around it ends or is damaged: %v", cut)})
	}
	return inner, nil
}

// nothing says why there is no bundle.
func (f *finder) nothing(t *tree) error {
	if len(f.private) > 0 {
		p := f.private[0]
		return &Refusal{ErrPrivate, fmt.Sprintf("there is no bundle in it, and of %q in it: %s", p.name, p.why.What), p.why.Do}
	}
	if in := documentOf(t); in != nil {
		return in
	}
	for _, p := range t.problems {
		switch {
		case strings.Contains(p.Detail, "encrypted"):
			return &Refusal{bundlezip.ErrEncrypted, fmt.Sprintf("%q in it is encrypted with a password", p.Path), unlock}
		case p.Kind == bundles.ProblemCut:
			return &Refusal{ErrUnknown, p.Detail, askAgain}
		}
	}
	if n := countRejected(t.problems); n > 0 && len(f.notes) == 0 {
		first := t.problems[slices.IndexFunc(t.problems, rejected)]
		return fmt.Errorf("%w: no entry of it may be read: %q: %s; entries like that: %d", bundles.ErrNotBundle, first.Path, first.Detail, n)
	}
	if len(f.notes) == 0 {
		return fmt.Errorf("%w: there is no file in it", bundles.ErrNotBundle)
	}
	return fmt.Errorf("%w: there is no %s in it; %s", bundles.ErrNotBundle, bundles.HeaderPath,
		strings.Join(shorten(f.notes, 3, func(n int) string { return fmt.Sprintf("and %d more", n) }), "; "))
}

func rejected(p bundles.Problem) bool { return p.Kind == bundles.ProblemRejected }

func countRejected(list []bundles.Problem) (n int) {
	for _, p := range list {
		if rejected(p) {
			n++
		}
	}
	return n
}

// documentOf knows zips that are something else, by what they hold.
func documentOf(t *tree) *Refusal {
	for _, d := range []struct {
		path string
		Refusal
	}{
		{"[Content_Types].xml", Refusal{ErrUnknown, "it is an Office document", sendZip}},
		{"META-INF/MANIFEST.MF", Refusal{ErrUnknown, "it is a Java archive", sendZip}},
		{"AndroidManifest.xml", Refusal{ErrUnknown, "it is an Android package", sendZip}},
		{"mimetype", Refusal{ErrUnknown, "it is an OpenDocument or e-book file", sendZip}},
		{"pack.json", Refusal{bundles.ErrNotBundle, "it is a check pack (asrpack): " + bundles.ErrNotBundle.Error(), "give it with --pack, together with a bundle, or see asrdiag pack --help"}},
	} {
		if info, err := fs.Stat(t, d.path); err == nil && !info.IsDir() && !t.folder {
			return &d.Refusal
		}
	}
	return nil
}

// secrets are notes about private files, for the report of each bundle.
func (f *finder) secrets() (list []string) {
	for _, p := range f.private {
		list = append(list, privateNote(p.name, p.why))
	}
	return list
}

// several makes the error that lists what there is.
func (f *finder) several(ctx context.Context) error {
	e := &SeveralError{Notes: shorten(f.notes, f.door.caps.notes, func(n int) string { return fmt.Sprintf("further files that were not read: %d", n) })}
	for _, in := range f.list {
		if in.Err == nil {
			sum, err := in.tree.sum(ctx)
			if err != nil {
				return err
			}
			in.settle(f.door.caps, f.secrets())
			in.SHA256 = sum
		}
		e.Inner = append(e.Inner, in.Inner)
	}
	if f.skipped > 0 {
		e.Inner = append(e.Inner, Inner{
			Name: "further archives",
			Err:  fmt.Errorf("%w: not looked into: %d; at most %d bundles are read from one archive", bundlezip.ErrLimit, f.skipped, f.door.caps.inner),
		})
	}
	return e
}

// named gives the bundle of a name: that in the archive, or its last element
// where that is enough.
func (f *finder) named(ctx context.Context, want string) (*Archive, error) {
	var same, last []found
	var names []string
	for _, in := range f.list {
		names = append(names, in.Name)
		switch want {
		case in.Name:
			same = append(same, in)
		case path.Base(in.Name):
			last = append(last, in)
		}
	}
	hits := append(same, last...)
	switch {
	case len(hits) == 0 || (len(same) != 1 && len(hits) > 1):
		return nil, &NoInnerError{want, names}
	case hits[0].Err != nil:
		return nil, &InnerError{hits[0].Name, hits[0].Err}
	}
	a, err := f.door.archive(ctx, hits[0], nil)
	if err == nil {
		a.Private = f.secrets()
		a.Notes = append(a.Notes, a.Private...)
	}
	return a, err
}

// NoInnerError means that there is not exactly one bundle of a name.
type NoInnerError struct {
	Want string
	Have []string // names of those that there are
}

func (e *NoInnerError) Error() string {
	return fmt.Sprintf("it holds no bundle %q, or more than one", e.Want)
}
