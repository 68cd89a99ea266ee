package archive

import (
	"bytes"
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
	"time"

	"github.com/mholt/archiver/v4"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// Loose are the files of a thing that holds no bundle: of a folder, of an
// archive, or the one file that is neither. It is not safe for concurrent use,
// but for Open.
type Loose struct {
	// Err is why there is no bundle: the error that Open gives to those who do
	// not ask for loose files.
	Err   error
	Files []*LooseFile // by name

	door     *door
	archives int               // that were looked into
	problems []bundles.Problem // of these
	notes    []string          // on private files
}

// LooseFile is one of them.
type LooseFile struct {
	// Name has slashes between folders, begins with the name of the archive in
	// which it lies, and is without the ending of its compression.
	Name   string
	Packed string    // what it is compressed with: gz, xz, ...; empty: it is not
	Size   int64     // as it is stored
	MTime  time.Time // zero: not known

	tree        *tree
	stored      string // its name there
	compression archiver.Decompressor
	spooled     *os.File
}

// errPlain means that a file is nothing that has a name here: perhaps text.
var errPlain = fmt.Errorf("%w: no known kind of file", ErrUnknown)

// loose gives the files of a tree without a bundle, and of the archives in it.
func (d *door) loose(ctx context.Context, t *tree, why error) (*Archive, error) {
	l := &Loose{Err: why, door: d}
	if err := l.add(ctx, t, ""); err != nil {
		return nil, errors.Join(why, err)
	}
	slices.SortFunc(l.Files, func(a, b *LooseFile) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.stored, b.stored))
	})
	sum, err := t.sum(ctx)
	if err != nil {
		return nil, err
	}
	in := found{Inner{Dir: "."}, t}
	if t.folder { // links are usual where logs are
		for _, p := range t.problems {
			in.Notes = append(in.Notes, fmt.Sprintf("%q was not read: %s", p.Path, p.Detail))
		}
		t.problems = nil
	}
	in.Problems = l.problems
	in.settle(d.caps, l.notes)
	return &Archive{SHA256: sum, Problems: in.Problems, Notes: in.Notes, Private: l.notes, FS: t.FS, Loose: l}, nil
}

// add lists the files of a tree, whose own name is prefix.
func (l *Loose) add(ctx context.Context, t *tree, prefix string) error {
	s, err := look(ctx, t, l.door.caps.entries)
	if err != nil {
		return err
	}
	f := &finder{door: l.door}
	for _, name := range s.members {
		if Companion(name) {
			continue
		}
		err := f.identify(t, name)
		why := asPrivate(err)
		switch {
		case why != nil:
			l.notes = append(l.notes, privateNote(path.Join(prefix, name), why))
		case err == nil && t.level < maxLevel && l.archives < l.door.caps.inner:
			l.archives++
			if err := l.inside(ctx, t, name, path.Join(prefix, name)); err != nil {
				return err
			}
		default:
			if f, err := l.file(t, name, prefix); err == nil {
				l.Files = append(l.Files, f)
			}
		}
	}
	return nil
}

// inside lists the files of an archive in the tree. What cannot be opened has
// none.
func (l *Loose) inside(ctx context.Context, t *tree, name, full string) error {
	info, err := fs.Stat(t, name)
	if err != nil {
		return nil //nolint:nilerr // it is gone
	}
	inner, err := l.door.member(ctx, t, source{name: path.Base(name), size: info.Size()}, name)
	if err == nil {
		for _, p := range inner.problems {
			p.Path = path.Join(full, p.Path)
			l.problems = append(l.problems, p)
		}
		err = l.add(ctx, inner, full)
	}
	if ctx.Err() != nil || errors.Is(err, ErrSpool) || errors.Is(err, bundlezip.ErrLimit) {
		return err
	}
	return nil
}

// file describes one file of a tree.
func (l *Loose) file(t *tree, name, prefix string) (*LooseFile, error) {
	info, err := fs.Stat(t, name)
	if err != nil {
		return nil, err
	}
	f := &LooseFile{Name: path.Join(prefix, name), tree: t, stored: name, Size: info.Size(), MTime: info.ModTime()}
	in, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, 16)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	for _, c := range compressions {
		if bytes.HasPrefix(head[:n], []byte(c.magic)) {
			f.Packed, f.compression = c.name, c.open
			f.Name = withoutEnd(f.Name, c.name)
		}
	}
	return f, nil
}

// withoutEnd takes the ending of a compression off a name.
func withoutEnd(name, compression string) string {
	if end := path.Ext(name); strings.EqualFold(end, "."+compression) && path.Base(name) != end {
		return strings.TrimSuffix(name, end)
	}
	return name
}

// Head gives at most n of the first bytes of a file's content.
func (l *Loose) Head(f *LooseFile, n int) (head []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			head, err = nil, fmt.Errorf("its reader breaks: %v", p)
		}
	}()
	in, err := f.tree.Open(f.stored)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	content := io.Reader(in)
	if f.compression != nil {
		plain, err := f.compression.OpenReader(in)
		if err != nil {
			return nil, err
		}
		defer plain.Close()
		content = plain
	}
	head = make([]byte, n)
	n, err = io.ReadFull(content, head)
	if n > 0 || errors.Is(err, io.EOF) {
		err = nil // what there is of one that is cut off
	}
	return head[:n], err
}

// Unpack makes a compressed file ready for Open and sets its Size to that of
// its content. It counts against the caps of the archive, and its error is
// ErrSpool, bundlezip.ErrLimit or that of ctx. What can be had of a file that
// ends early is there, and cut says so.
func (l *Loose) Unpack(ctx context.Context, f *LooseFile) (cut, err error) {
	if f.compression == nil || f.spooled != nil {
		return nil, nil
	}
	in, err := f.tree.Open(f.stored)
	if err != nil {
		return err, nil
	}
	defer in.Close()
	plain, err := openGuarded(f.compression, in)
	if err != nil {
		return err, nil
	}
	defer plain.Close()
	s, err := l.door.copy(ctx, path.Base(f.Name), plain, f.Size)
	if s.ra == nil {
		return nil, err
	}
	f.Size = s.size
	f.spooled, _ = s.ra.(*os.File)
	return err, nil
}

// openGuarded begins to read what is compressed; a panic is an error of it.
func openGuarded(c archiver.Decompressor, r io.Reader) (plain io.ReadCloser, err error) {
	defer func() {
		if p := recover(); p != nil {
			plain, err = nil, fmt.Errorf("its reader breaks: %v", p)
		}
	}()
	return c.OpenReader(r)
}

// Open opens a file. One that is compressed must have been unpacked.
func (l *Loose) Open(f *LooseFile) (fs.File, error) {
	switch {
	case f.compression == nil:
		return f.tree.Open(f.stored)
	case f.spooled == nil:
		return nil, &fs.PathError{Op: "open", Path: f.Name, Err: errors.New("it could not be unpacked")}
	}
	return os.Open(f.spooled.Name())
}

// alone is the tree of one file that is no archive.
func (d *door) alone(name string) (*tree, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	d.closers = append(d.closers, f)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	return &tree{
		FS: oneFile{base, info, f}, level: 1, path: name,
		sum: lazySum(source{ra: f, size: info.Size(), name: base, path: name}),
	}, nil
}

// oneFile is a file system of one file.
type oneFile struct {
	name string
	info fs.FileInfo
	ra   io.ReaderAt
}

// Open implements fs.FS.
func (o oneFile) Open(name string) (fs.File, error) {
	switch name {
	case ".":
		return &oneDir{of: o}, nil
	case o.name:
		return &sectionFile{io.NewSectionReader(o.ra, 0, o.info.Size()), o.info}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// sectionFile reads the file, and closes nothing: others read it too.
type sectionFile struct {
	*io.SectionReader
	info fs.FileInfo
}

func (s *sectionFile) Stat() (fs.FileInfo, error) { return s.info, nil }
func (s *sectionFile) Close() error               { return nil }

// oneDir is the folder around the file.
type oneDir struct {
	of   oneFile
	read bool
}

func (d *oneDir) Stat() (fs.FileInfo, error) { return dirInfo{}, nil }
func (d *oneDir) Read([]byte) (int, error)   { return 0, fs.ErrInvalid }
func (d *oneDir) Close() error               { return nil }

// ReadDir implements fs.ReadDirFile.
func (d *oneDir) ReadDir(int) ([]fs.DirEntry, error) {
	if d.read {
		return nil, io.EOF
	}
	d.read = true
	return []fs.DirEntry{fs.FileInfoToDirEntry(d.of.info)}, nil
}

// dirInfo describes the folder around one file.
type dirInfo struct{}

func (dirInfo) Name() string       { return "." }
func (dirInfo) Size() int64        { return 0 }
func (dirInfo) Mode() fs.FileMode  { return fs.ModeDir | 0o500 }
func (dirInfo) ModTime() time.Time { return time.Time{} }
func (dirInfo) IsDir() bool        { return true }
func (dirInfo) Sys() any           { return nil }
