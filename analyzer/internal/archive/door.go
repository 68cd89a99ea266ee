package archive

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// door is one opening of one thing that was sent.
type door struct {
	caps    caps
	spool   *spool
	total   int64       // bytes copied out of archives to look into them
	closers []io.Closer // the first one removes the spool

	unlocker Unlocker // nil: there is none
}

func newDoor(temp string, c caps) *door {
	s := &spool{parent: temp}
	return &door{caps: c, spool: s, closers: []io.Closer{s}}
}

// Close closes all that was opened.
func (d *door) Close() error { return closeAll(d.closers) }

// tree is what is in an archive or a folder.
type tree struct {
	fs.FS
	level    int    // 1: what was named
	path     string // of the zip or folder on this machine
	folder   bool
	problems []bundles.Problem
	notes    []string
	sum      func(context.Context) (string, error) // hash of the archive; empty for a folder
}

// source is a file to be opened as an archive.
type source struct {
	ra   io.ReaderAt
	size int64
	name string // without folders
	path string // on this machine

	decrypted bool // it was encrypted with age
}

// all reads a source from its beginning.
func (s source) all() *io.SectionReader { return io.NewSectionReader(s.ra, 0, s.size) }

// path opens what a user named.
func (d *door) path(ctx context.Context, name string) (*tree, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		f, err := newFolder(name)
		if err != nil {
			return nil, err
		}
		d.closers = append(d.closers, f)
		return &tree{FS: f, path: name, folder: true, sum: noSum}, nil
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is a device", ErrUnknown)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	d.closers = append(d.closers, f)
	return d.open(ctx, source{ra: f, size: info.Size(), name: filepath.Base(name), path: name}, 1)
}

func noSum(context.Context) (string, error) { return "", nil }

// open opens an archive at a level.
func (d *door) open(ctx context.Context, s source, level int) (*tree, error) {
	failing := &failingReaderAt{ra: s.ra}
	s.ra = failing
	t, err := d.openAs(ctx, s, level)
	if failed := failing.failed(); failed != nil && (err != nil || len(t.problems) == 0) {
		return nil, failed // whatever a reader made of it
	}
	return t, err
}

func (d *door) openAs(ctx context.Context, s source, level int) (*tree, error) {
	head := make([]byte, min(headBytes, s.size))
	if n, err := s.ra.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	f, err := identify(head, s.name, s.all())
	if s.lastOfSplit() {
		err = &Refusal{ErrPart, "it is the last part of a split archive", joinParts}
	}
	if err != nil {
		return nil, err
	}
	t := &tree{level: level, path: s.path, sum: lazySum(s)}
	switch {
	case f.zip:
		return t, t.zip(s)
	case f.age:
		return d.decrypt(ctx, s, level)
	case f.wrapper():
		return d.unwrap(ctx, s, f, level)
	}
	return t, d.repack(ctx, t, s, f)
}

// lazySum hashes a file when it is asked for, and once.
func lazySum(s source) func(context.Context) (string, error) {
	var once sync.Once
	var sum string
	var err error
	return func(ctx context.Context) (string, error) {
		once.Do(func() { sum, err = hash(ctx, s.all()) })
		return sum, err
	}
}

// zip reads a zip where it is.
func (t *tree) zip(s source) error {
	r, err := openZip(s.ra, s.size)
	if errors.Is(err, bundlezip.ErrNotZip) {
		return &Refusal{ErrUnknown, "it begins like a zip and is none", askAgain}
	}
	if err != nil {
		return err
	}
	t.FS, t.problems, t.notes = r, append(t.problems, r.Rejected()...), append(t.notes, r.Notes()...)
	return nil
}

// openZip falls back to what is whole of a zip that is cut off.
func openZip(f io.ReaderAt, size int64) (*bundlezip.Reader, error) {
	r, err := bundlezip.NewReader(f, size)
	if errors.Is(err, bundlezip.ErrCut) {
		return bundlezip.Salvage(f, size)
	}
	return r, err
}

// unwrap opens the file that was compressed.
func (d *door) unwrap(ctx context.Context, s source, f format, level int) (*tree, error) {
	if level >= maxLevel {
		return nil, errDeep
	}
	plain, err := f.compression.OpenReader(s.all())
	if err != nil {
		return nil, &Refusal{ErrUnknown, fmt.Sprintf("it is cut off or damaged: %s: %v", f.name, err), askAgain}
	}
	defer plain.Close()
	name := strings.TrimSuffix(s.name, filepath.Ext(s.name))
	inner, copied := d.copy(ctx, name, plain, s.size)
	if inner.ra == nil {
		return nil, copied
	}
	t, err := d.open(ctx, inner, level+1)
	if err != nil {
		return nil, errors.Join(copied, err)
	}
	t.sum = lazySum(s)
	if copied != nil {
		t.problems = append(t.problems, bundles.Problem{Kind: bundles.ProblemCut, Detail: fmt.Sprintf("the %s ends or is damaged: %v", f.name, copied)})
	}
	return t, nil
}

// copy takes a file out of an archive, to be opened. When it cannot be read to
// its end, that is an error, and what came before is given all the same.
func (d *door) copy(ctx context.Context, name string, r io.Reader, packed int64) (s source, err error) {
	out, err := d.spool.create(0)
	if err != nil {
		return source{}, err
	}
	d.closers = append(d.closers, out)
	count := &meter{caps: d.caps, packed: packed, total: &d.total}
	n, err := copyGuarded(spoolWriter{out}, &metered{ctx, r, count})
	if ctx.Err() != nil || errors.Is(err, ErrSpool) || errors.Is(err, bundlezip.ErrLimit) {
		return source{}, err
	}
	return source{ra: out, size: n, name: name, path: out.Name()}, err
}

// copyGuarded is io.Copy from a reader of hostile bytes.
func copyGuarded(w io.Writer, r io.Reader) (n int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its reader breaks: %v", p)
		}
	}()
	return io.Copy(w, r)
}

// repack unpacks an archive into a zip of the spool.
func (d *door) repack(ctx context.Context, t *tree, s source, f format) error {
	out, err := d.spool.create(s.size)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, out)
	u := &unpacker{format: f, meter: meter{caps: d.caps, packed: s.size}, to: repacker{f: out}}
	if err := u.unpack(ctx, s.all()); err != nil {
		return err
	}
	size, err := u.to.finish()
	if err != nil {
		return err
	}
	t.path, t.problems = out.Name(), u.problems
	return t.zip(source{ra: out, size: size})
}

// lastOfSplit reports whether a file ends as the last part of a split zip does:
// with a record that counts other parts.
func (s source) lastOfSplit() bool {
	const record = 22
	var end [record]byte
	if n, _ := s.ra.ReadAt(end[:], max(0, s.size-record)); n < record || binary.LittleEndian.Uint32(end[:]) != sigEnd {
		return false
	}
	disk := binary.LittleEndian.Uint16(end[4:])
	return disk != 0 && disk != none16
}

// failingReaderAt remembers the first error of reading, so that one of a disk or
// a share is not taken for a fault of the archive.
type failingReaderAt struct {
	ra io.ReaderAt

	mu  sync.Mutex
	err error
}

func (f *failingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.ra.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.err == nil {
			f.err = err
		}
	}
	return n, err
}

func (f *failingReaderAt) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// hash reads a file from its beginning to its end.
func hash(ctx context.Context, f io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, &metered{ctx: ctx, r: f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
