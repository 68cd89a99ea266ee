// Package archive opens what a customer sent as a file tree: a bundle's zip,
// whole or cut off, the same tree in a tar (also compressed with gzip, zstd,
// bzip2 or xz) or a 7z, or a folder. Names are checked, links are not followed
// out of the tree, and what comes out is counted against caps.
//
// A zip is read where it is. Other archives are unpacked into a private folder,
// which Close removes.
package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// Errors of Open, besides those of the file system and of bundlezip.
var (
	// ErrUnknown means that the file is no archive that this package reads.
	ErrUnknown = errors.New("not an archive")
	// ErrAge means that the file is encrypted with age.
	ErrAge = errors.New("encrypted with age")
)

// Archive is an open archive. It is a read-only file system and, like that,
// safe for concurrent use.
type Archive struct {
	SHA256   string            // of the archive file, lower-case hex; empty for a folder
	Problems []bundles.Problem // what of the archive is not in the tree
	fs.FS
	closers []io.Closer
}

// ReadDir implements fs.ReadDirFS.
func (a *Archive) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(a.FS, name) }

// Stat implements fs.StatFS.
func (a *Archive) Stat(name string) (fs.FileInfo, error) { return fs.Stat(a.FS, name) }

// Close closes the archive file.
func (a *Archive) Close() error {
	var errs []error
	for _, c := range a.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Open opens a folder or an archive file. The file is read once to its end for
// its hash. Archives other than zip are unpacked below the folder temp, which
// is the system's when empty. All of it ends early, with its error, when ctx does.
func Open(ctx context.Context, name, temp string) (*Archive, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return openFolder(name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is a device", ErrUnknown)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a, err := openFile(ctx, f, temp)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	a.closers = append(a.closers, f)
	return a, nil
}

// openFolder opens a folder from which no link leads out.
func openFolder(name string) (*Archive, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	tree, err := bundleFolder(root.FS())
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Archive{FS: tree, closers: []io.Closer{root}}, nil
}

// bundleFolder steps into the one folder of a tree that holds nothing else,
// which is what unpacking a bundle often makes.
func bundleFolder(tree fs.FS) (fs.FS, error) {
	if _, err := fs.Stat(tree, bundles.HeaderPath); err == nil {
		return tree, nil
	}
	list, err := fs.ReadDir(tree, ".")
	if err != nil || len(list) != 1 || !list[0].IsDir() {
		return tree, err
	}
	return fs.Sub(tree, list[0].Name())
}

// headBytes is enough of a file to tell what it is.
const headBytes = 512

func openFile(ctx context.Context, f *os.File, temp string) (*Archive, error) {
	start := make([]byte, headBytes)
	n, err := f.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	start = start[:n]
	if bytes.HasPrefix(start, []byte("age-encryption.org/")) || bytes.HasPrefix(start, []byte("-----BEGIN AGE ENCRYPTED FILE")) {
		return nil, ErrAge
	}
	kind, packed := identify(start)
	isZip := bytes.HasPrefix(start, []byte("PK"))
	if !isZip && !packed {
		return nil, ErrUnknown
	}
	sum, size, err := hash(ctx, f)
	if err != nil {
		return nil, err
	}
	a := &Archive{SHA256: sum}
	if isZip {
		return a, a.readZip(f, size)
	}
	return a, a.unpack(ctx, kind, f, size, temp)
}

func (a *Archive) readZip(f *os.File, size int64) error {
	r, err := openZip(f, size)
	if errors.Is(err, bundlezip.ErrNotZip) {
		return ErrUnknown
	}
	if err != nil {
		return err
	}
	a.FS, a.Problems = r, r.Rejected()
	return nil
}

func (a *Archive) unpack(ctx context.Context, kind format, f *os.File, size int64, temp string) error {
	s, err := newSpool(temp, size)
	if err != nil {
		return err
	}
	if _, err = f.Seek(0, io.SeekStart); err == nil {
		err = s.unpack(ctx, kind, f)
	}
	if err == nil {
		a.FS, err = bundleFolder(s.root.FS())
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	a.Problems, a.closers = s.problems, append(a.closers, s)
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

// hash reads the file from its beginning to its end.
func hash(ctx context.Context, f io.Reader) (sum string, size int64, err error) {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}
