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
	"strings"

	"github.com/mholt/archiver/v4"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// Caps of what is unpacked from archives other than zip. They are counted on
// the bytes that come out, not on what headers say.
const (
	maxSpoolBytes   = 4 << 30
	maxSpoolEntries = 100_000
	maxSpoolRatio   = 1000     // unpacked to packed
	spoolRatioFloor = 10 << 20 // unpacked bytes from which on the ratio holds
)

// spoolName begins the names of spool folders.
const spoolName = "asrdiag-spool-"

// format is an archive format: an optional compression around files.
type format struct {
	name        string
	compression archiver.Decompressor
	extractor   archiver.Extractor
}

// compressions by the bytes with which they begin. Formats are told by these
// alone: archiver's own Identify takes nearly any bytes for brotli, and file
// names say little about what customers send.
var compressions = []struct {
	magic  string
	format format
}{
	{"\x1f\x8b", format{name: "tar.gz", compression: archiver.Gz{}, extractor: archiver.Tar{}}},
	{"\x28\xb5\x2f\xfd", format{name: "tar.zst", compression: archiver.Zstd{}, extractor: archiver.Tar{}}},
	{"BZh", format{name: "tar.bz2", compression: archiver.Bz2{}, extractor: archiver.Tar{}}},
	{"\xfd7zXZ\x00", format{name: "tar.xz", compression: archiver.Xz{}, extractor: archiver.Tar{}}},
	{"7z\xbc\xaf\x27\x1c", format{name: "7z", extractor: archiver.SevenZip{}}},
}

// tarMagic stands at offset tarMagicAt of a tar.
const (
	tarMagic   = "ustar"
	tarMagicAt = 257
)

// identify tells a format by its first bytes.
func identify(start []byte) (format, bool) {
	for _, c := range compressions {
		if bytes.HasPrefix(start, []byte(c.magic)) {
			return c.format, true
		}
	}
	if len(start) > tarMagicAt && bytes.HasPrefix(start[tarMagicAt:], []byte(tarMagic)) {
		return format{name: "tar", extractor: archiver.Tar{}}, true
	}
	return format{}, false
}

// spool is a private folder into which an archive is unpacked.
type spool struct {
	dir      string
	root     *os.Root
	packed   int64
	stream   bool // the archive is a compressed stream: its bytes are counted there
	out      int64
	entries  int
	problems []bundles.Problem
}

// ErrSpool means that this machine has no room, or no place, to unpack to. It
// says nothing about the archive.
var ErrSpool = errors.New("cannot unpack")

// newSpool makes a spool folder in parent, which is made if need be, or in the
// system's temporary folder when parent is empty.
func newSpool(parent string, packed int64) (*spool, error) {
	if parent != "" {
		if err := os.Mkdir(parent, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%w: %v", ErrSpool, err)
		}
	}
	dir, err := os.MkdirTemp(parent, spoolName)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSpool, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	return &spool{dir: dir, root: root, packed: packed}, nil
}

// Close removes the folder.
func (s *spool) Close() error {
	return errors.Join(s.root.Close(), os.RemoveAll(s.dir))
}

// unpack unpacks an archive. A panic in a reader of hostile bytes is an error
// of the archive.
func (s *spool) unpack(ctx context.Context, f format, r io.Reader) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: its reader breaks: %v", ErrUnknown, p)
		}
	}()
	if f.compression != nil {
		plain, err := f.compression.OpenReader(r)
		if err != nil {
			return fmt.Errorf("%w: %v", ErrUnknown, err)
		}
		defer plain.Close()
		s.stream = true
		r = &counted{r: plain, spool: s}
	}
	err = f.extractor.Extract(ctx, r, s.file)
	switch {
	case err == nil || errors.Is(err, bundlezip.ErrLimit) || errors.Is(err, ErrSpool) || ctx.Err() != nil:
		return err
	case encrypted(err):
		return fmt.Errorf("%w: %v", bundlezip.ErrEncrypted, err)
	case s.entries == 0:
		return fmt.Errorf("%w: %v", ErrUnknown, err)
	}
	s.problems = append(s.problems, bundles.Problem{Kind: bundles.ProblemCut, Detail: fmt.Sprintf("the %s ends or is damaged: %v", f.name, err)})
	return nil
}

// encrypted guesses from a reader's words that a password is missing.
func encrypted(err error) bool {
	return strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "encrypted")
}

// file takes one entry of the archive.
func (s *spool) file(_ context.Context, info archiver.FileInfo) error {
	if s.entries++; s.entries > maxSpoolEntries {
		return fmt.Errorf("%w: more than %d entries", bundlezip.ErrLimit, maxSpoolEntries)
	}
	name, err := bundlezip.CleanName(info.NameInArchive)
	switch {
	case err != nil && path.Clean(info.NameInArchive) == ".":
		return nil
	case err != nil:
		s.reject(info.NameInArchive, err.Error())
		return nil
	case info.IsDir():
		return nil
	case !info.Mode().IsRegular() || info.LinkTarget != "":
		s.reject(name, "it is a link or a device")
		return nil
	}
	return s.store(name, info)
}

func (s *spool) reject(name, why string) {
	s.problems = append(s.problems, bundles.Problem{Kind: bundles.ProblemRejected, Path: name, Detail: why})
}

// store writes one file. The first of several with one name wins.
func (s *spool) store(name string, info archiver.FileInfo) error {
	if err := s.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		if !s.inFile(name) {
			return fmt.Errorf("%w: %v", ErrSpool, err)
		}
		s.reject(name, "a file of the name of its folder came before")
		return nil
	}
	out, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		s.reject(name, "a file of that name came before")
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %v", ErrSpool, err)
	}
	in, err := info.Open()
	if err != nil {
		return errors.Join(err, out.Close())
	}
	defer in.Close()
	_, err = io.Copy(spoolWriter{out}, &counted{r: in, spool: s, file: true})
	if err != nil {
		// What is not whole is not there.
		return errors.Join(err, out.Close(), s.root.Remove(name))
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("%w: %v", ErrSpool, err)
	}
	return nil
}

// inFile reports whether one of the folders of a path is a file.
func (s *spool) inFile(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := s.root.Lstat(dir); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// spoolWriter tells errors of writing from those of reading.
type spoolWriter struct{ w io.Writer }

func (s spoolWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %v", ErrSpool, err)
	}
	return n, err
}

// counted holds what comes out of an archive to the caps. Bytes of a compressed
// stream and those of the files in it are the same bytes and count once.
type counted struct {
	r     io.Reader
	spool *spool
	file  bool // r gives the content of a file
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.file && c.spool.stream {
		return n, err
	}
	c.spool.out += int64(n)
	switch out := c.spool.out; {
	case out > maxSpoolBytes:
		return n, fmt.Errorf("%w: more than %d bytes unpacked", bundlezip.ErrLimit, int64(maxSpoolBytes))
	case out > spoolRatioFloor && out/maxSpoolRatio > c.spool.packed:
		return n, fmt.Errorf("%w: more than %d bytes unpacked for each packed one", bundlezip.ErrLimit, maxSpoolRatio)
	}
	return n, err
}
