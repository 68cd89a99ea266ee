package bundlezip

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// Reader is a read-only file system over the entries of a zip. It implements
// fs.FS, fs.ReadDirFS and fs.StatFS, and is safe for concurrent use. Opened
// files read sequentially; their end is reached without error only when length
// and CRC are those of the zip's directory.
type Reader struct {
	tree
	ra       io.ReaderAt
	size     int64
	closer   io.Closer // nil: the caller's
	rejected []bundles.Problem
	notes    []string
	out      atomic.Int64 // distinct bytes inflated
	pool     sync.Pool    // of *inflater
	decoders sync.Pool    // of *decoder
	aheadNow atomic.Int64 // bytes of pieces inflated ahead, and of entries that are one
	underWay atomic.Int32 // pieces inflated ahead
	reading  atomic.Int32 // files that are read by pieces
}

// entry is one file of the archive.
type entry struct {
	name    string
	method  uint16
	crc     uint32
	packed  int64
	size    int64
	mode    fs.FileMode
	modTime time.Time
	offset  func() (int64, error)      // of the compressed bytes
	high    atomic.Int64               // how far it has been inflated
	proven  atomic.Pointer[[][2]int64] // borders of pieces that held to the end
}

// Open opens a zip file; Close closes it. Its errors are those of NewReader and
// of the file system.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r, err := NewReader(f, info.Size())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.closer = f
	return r, nil
}

// NewReader reads the directory of a zip of the given size. It fails with
// ErrNotZip, ErrCut, ErrEncrypted or ErrLimit, or with the error of ra. A
// folder that holds all the rest is left out of the names.
func NewReader(ra io.ReaderAt, size int64) (*Reader, error) {
	r := &Reader{ra: ra, size: size}
	budget := &budgetReaderAt{ra: ra}
	budget.left.Store(maxDirectory)
	budget.limited.Store(true)
	zr, err := zip.NewReader(budget, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, r.directoryError(err)
	}
	budget.limited.Store(false)
	if len(zr.File) > zipform.MaxEntries {
		return nil, fmt.Errorf("%w: %d entries", ErrLimit, len(zr.File))
	}
	entries, err := r.entries(zr.File, r.layout(zr.File, budget))
	if err != nil {
		return nil, err
	}
	return r, r.build(entries)
}

// entries takes over what can stand in a bundle. A zip all of whose files are
// encrypted, or whose header is, fails; other files that are encrypted are
// rejected, and so are those that are bad.
func (r *Reader) entries(files []*zip.File, bad map[*zip.File]string) ([]*entry, error) {
	entries := make([]*entry, 0, len(files))
	names := newOldNames(files)
	readable, secret, header := 0, "", false
	for _, f := range files {
		name := names.of(f)
		dir := strings.HasSuffix(name, "/")
		if f.Flags&zipform.FlagEncrypted != 0 && !dir {
			secret, header = name, header || path.Base(name) == bundles.HeaderPath
			r.reject(name, "it is encrypted with a password")
			continue
		}
		if !dir {
			readable++
		}
		if why, ok := bad[f]; ok {
			r.reject(name, why)
			continue
		}
		if e := r.entry(f, name); e != nil {
			entries = append(entries, e)
		}
	}
	if secret != "" && (readable == 0 || header) {
		return nil, fmt.Errorf("%w: entry %q", ErrEncrypted, secret)
	}
	r.notes = names.notes()
	return entries, nil
}

// directoryError tells a cut zip from something else.
func (r *Reader) directoryError(err error) error {
	if !errors.Is(err, zip.ErrFormat) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if r.startsLocal() {
		return ErrCut
	}
	return ErrNotZip
}

func (r *Reader) startsLocal() bool { return r.localAt(0) }

// localAt reports whether the header of an entry stands at an offset.
func (r *Reader) localAt(offset int64) bool {
	var sig [4]byte
	n, _ := r.ra.ReadAt(sig[:], offset)
	return n == len(sig) && string(sig[:]) == "PK\x03\x04"
}

// entry translates a row of the zip's directory; nil means rejected.
func (r *Reader) entry(f *zip.File, raw string) *entry {
	name, err := zipform.CleanName(raw)
	if err != nil {
		if path.Clean(raw) != "." { // some programs list the folder itself
			r.reject(raw, err.Error())
		}
		return nil
	}
	mode := f.Mode().Type()
	switch {
	case strings.HasSuffix(raw, "/") || mode == fs.ModeDir:
		mode = fs.ModeDir
	case mode != 0:
		r.reject(name, "it is a link or a device")
		return nil
	case f.CompressedSize64 > uint64(r.size) || f.UncompressedSize64 > MaxOut:
		r.reject(name, "its size cannot be")
		return nil
	}
	return &entry{
		name: name, method: f.Method, crc: f.CRC32, mode: mode,
		packed: int64(f.CompressedSize64), size: int64(f.UncompressedSize64),
		modTime: f.Modified, offset: f.DataOffset,
	}
}

func (r *Reader) reject(name, why string) {
	r.rejected = append(r.rejected, bundles.Problem{Kind: bundles.ProblemRejected, Path: name, Detail: why})
}

// Rejected lists what of the archive is not in the file system, and why: names
// that no bundle has, links, duplicates, entries that the directory and their
// own headers tell differently, bytes around the zip and, after Salvage, where
// the archive ends. Names are as they stand in the archive: quote them when printing.
func (r *Reader) Rejected() []bundles.Problem { return slices.Clone(r.rejected) }

// Notes says, in a sentence each, what was done to read the zip that its
// directory alone does not say.
func (r *Reader) Notes() []string { return slices.Clone(r.notes) }

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// budgetReaderAt bounds what reading the zip's directory may cost: its number
// of entries is only known after all of them are in memory.
type budgetReaderAt struct {
	ra      io.ReaderAt
	limited atomic.Bool
	left    atomic.Int64
	offset  atomic.Int64 // of the last read
}

func (b *budgetReaderAt) ReadAt(p []byte, off int64) (int, error) {
	b.offset.Store(off)
	if b.limited.Load() && b.left.Add(-int64(len(p))) < 0 {
		return 0, fmt.Errorf("%w: its directory has more than %d bytes", ErrLimit, maxDirectory)
	}
	return b.ra.ReadAt(p, off)
}
