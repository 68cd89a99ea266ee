package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bodgit/sevenzip"
	"github.com/mholt/archiver/v4"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// caps of what is read. They are counted on what is there and what comes out,
// not on what headers say.
type caps struct {
	bytes      int64 // out of an archive that is no zip, and of all archives in archives together
	entries    int   // of an archive or a folder
	ratio      int64 // unpacked to packed
	ratioFloor int64 // unpacked bytes from which on the ratio holds
	inner      int   // bundles in one archive
	problems   int   // listed
	notes      int   // listed
}

// The caps, and how deep archives are looked into: 1 is the file itself, 2 an
// archive in it.
const (
	maxBytes   = 4 << 30
	maxEntries = 100_000
	maxRatio   = 1000
	ratioFloor = 10 << 20
	maxInner   = 32
	maxLevel   = 2

	maxProblems = 1000
	maxNotes    = 20
)

func defaultCaps() caps {
	return caps{
		bytes: maxBytes, entries: maxEntries, ratio: maxRatio, ratioFloor: ratioFloor,
		inner: maxInner, problems: maxProblems, notes: maxNotes,
	}
}

// ErrSpool means that this machine has no room, or no place, to unpack to. It
// says nothing about the archive.
var ErrSpool = errors.New("cannot unpack")

// spoolName begins the names of spool folders.
const spoolName = "asrdiag-spool-"

// spool is a private folder with files of its own naming. It is made when the
// first one is needed.
type spool struct {
	parent string // where it is made; empty: the system's temporary folder
	dir    string
	files  int
}

// create makes a file for about need bytes.
func (s *spool) create(need int64) (*os.File, error) {
	if err := s.make(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSpool, err)
	}
	if free, ok := freeSpace(s.dir); ok && free < uint64(need) {
		return nil, fmt.Errorf("%w: %s has %d MiB free, and at least %d MiB are needed", ErrSpool, filepath.Dir(s.dir), free>>20, need>>20+1)
	}
	s.files++
	f, err := os.OpenFile(filepath.Join(s.dir, strconv.Itoa(s.files)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSpool, err)
	}
	return f, nil
}

func (s *spool) make() (err error) {
	if s.dir != "" {
		return nil
	}
	if s.parent != "" {
		if err := os.Mkdir(s.parent, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	s.dir, err = os.MkdirTemp(s.parent, spoolName)
	return err
}

// Close removes the folder.
func (s *spool) Close() error {
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// meter holds what comes out of one archive to the caps.
type meter struct {
	caps    caps
	packed  int64  // bytes of the archive
	out     int64  // bytes that came out of it
	total   *int64 // of all that are counted together; may be nil
	entries int
}

func (m *meter) add(n int) error {
	m.out += int64(n)
	all := m.out
	if m.total != nil {
		*m.total += int64(n)
		all = *m.total
	}
	switch {
	case all > m.caps.bytes:
		return fmt.Errorf("%w: more than %d bytes unpacked", bundlezip.ErrLimit, m.caps.bytes)
	case m.out > m.caps.ratioFloor && m.out/m.caps.ratio > m.packed:
		return fmt.Errorf("%w: more than %d bytes unpacked for each packed one", bundlezip.ErrLimit, m.caps.ratio)
	}
	return nil
}

// metered counts what is read, and ends when ctx does. With count nil it only
// ends.
type metered struct {
	ctx   context.Context
	r     io.Reader
	count *meter
}

func (m *metered) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	if m.count == nil {
		return n, err
	}
	if limit := m.count.add(n); limit != nil {
		err = limit
	}
	return n, err
}

// unpacker takes the entries of one archive.
type unpacker struct {
	format   format
	meter    meter
	to       repacker
	problems []bundles.Problem
}

// unpack writes an archive's files into u.to. A panic in a reader of hostile
// bytes is an error of the archive.
func (u *unpacker) unpack(ctx context.Context, r io.Reader) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = u.judge(ctx, fmt.Errorf("its reader breaks: %v", p))
		}
	}()
	if u.format.compression != nil {
		plain, err := u.format.compression.OpenReader(r)
		if err != nil {
			return &Refusal{ErrUnknown, fmt.Sprintf("it is cut off or damaged: %s: %v", u.format.name, err), askAgain}
		}
		defer plain.Close()
		r = &metered{ctx, plain, &u.meter}
	}
	if _, ok := u.format.extractor.(archiver.Tar); ok {
		return u.untar(ctx, r)
	}
	return u.judge(ctx, u.format.extractor.Extract(ctx, r, u.take))
}

// untar is for tars, whose reader takes any end between two files for the end.
func (u *unpacker) untar(ctx context.Context, r io.Reader) error {
	end := &endReader{r: r}
	err := u.format.extractor.Extract(ctx, end, u.take)
	if err == nil && end.missing() {
		err = errors.New("the mark at its end is missing")
	}
	return u.judge(ctx, err)
}

// endReader notices a tar that stops instead of ending with blocks of zeros.
type endReader struct {
	r       io.Reader
	stopped bool // there was nothing more to read
	zeros   bool // the last block asked for was the mark
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if n > 0 {
		e.zeros = n == tarBlock && len(bytes.Trim(p[:n], "\x00")) == 0
	} else if errors.Is(err, io.EOF) {
		e.stopped = true
	}
	return n, err
}

func (e *endReader) missing() bool { return e.stopped && !e.zeros }

// judge tells an error that ends everything from one that leaves what came
// before.
func (u *unpacker) judge(ctx context.Context, err error) error {
	switch {
	case err == nil || errors.Is(err, bundlezip.ErrLimit) || errors.Is(err, ErrSpool) || ctx.Err() != nil:
		return err
	case strings.Contains(err.Error(), "multi-volume"):
		return &Refusal{ErrPart, "it is a part of a split archive", joinParts}
	case needsPassword(err):
		return &Refusal{bundlezip.ErrEncrypted, "it is encrypted with a password (" + u.format.name + ")", unlock}
	case u.meter.entries == 0:
		return &Refusal{ErrUnknown, fmt.Sprintf("it is cut off or damaged: %s: %v", u.format.name, err), askAgain}
	}
	u.problems = append(u.problems, bundles.Problem{Kind: bundles.ProblemCut, Detail: fmt.Sprintf("the %s ends or is damaged: %v", u.format.name, err)})
	return nil
}

// needsPassword asks a reader's words whether a password is missing.
func needsPassword(err error) bool {
	var hint *sevenzip.ReadError
	return errors.As(err, &hint) && hint.Encrypted || strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "encrypted")
}

// take takes one entry of the archive. What is wrong with a name as such is
// told here; what is wrong with it among the others, by the reader of the zip.
func (u *unpacker) take(ctx context.Context, info archiver.FileInfo) error {
	if u.meter.entries++; u.meter.entries > u.meter.caps.entries {
		return fmt.Errorf("%w: more than %d entries", bundlezip.ErrLimit, u.meter.caps.entries)
	}
	name, err := zipform.CleanName(info.NameInArchive)
	switch {
	case err != nil && path.Clean(info.NameInArchive) == ".":
		return nil
	case err != nil:
		u.reject(info.NameInArchive, err.Error())
		return nil
	case info.IsDir():
		return nil
	case !info.Mode().IsRegular() || info.LinkTarget != "":
		u.reject(name, "it is a link or a device")
		return nil
	}
	return u.store(ctx, name, info)
}

func (u *unpacker) reject(name, why string) {
	if len(u.problems) <= u.meter.caps.problems {
		u.problems = append(u.problems, bundles.Problem{Kind: bundles.ProblemRejected, Path: name, Detail: why})
	}
}

// store copies one file. One that cannot be read is told, and the next one
// tried, unless the archive is a stream, which ends here.
func (u *unpacker) store(ctx context.Context, name string, info archiver.FileInfo) error {
	in, err := info.Open()
	if err == nil {
		defer in.Close()
		count := &u.meter
		if u.format.compression != nil {
			count = nil // these bytes were counted as they were decompressed
		}
		err = u.to.add(name, info.ModTime(), withoutContent(&metered{ctx, in, count}))
	}
	if err == nil || u.format.stream() || ctx.Err() != nil || errors.Is(err, ErrSpool) || errors.Is(err, bundlezip.ErrLimit) || needsPassword(err) {
		return err
	}
	u.problems = append(u.problems, bundles.Problem{Kind: bundles.ProblemUnreadable, Path: name, Detail: err.Error()})
	return nil
}
