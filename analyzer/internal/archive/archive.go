// Package archive is the door for what customers send: it opens a bundle's zip,
// whole or cut off, the same tree in a tar, 7z or rar, also compressed, or a
// folder, and finds bundles in archives that hold them. It says what a file is
// that holds none. Names are checked, links are not followed, and what comes
// out is counted against caps.
//
// A zip is read where it is. Other archives are unpacked into one file in a
// private folder, which Close removes.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"

	"github.com/asrdiag/asrdiag/bundles"
)

// Errors of Open, besides those of the file system and of bundlezip, ErrPart
// and ErrSpool.
var (
	// ErrUnknown means that the file is no archive that this package reads.
	ErrUnknown = errors.New(notArchive)
	// ErrAge means that the file is encrypted with age.
	ErrAge = errors.New("encrypted with age")
)

// Archive is an open bundle, as far as it can be told before its content is
// read. It is a read-only file system and, like that, safe for concurrent use.
type Archive struct {
	// Inner is the bundle's name in the archive that was named; empty when it is
	// that archive.
	Inner    string
	SHA256   string            // of the bundle's archive file, lower-case hex; empty for a folder
	Problems []bundles.Problem // what of the archive is not in the tree
	Notes    []string          // what else is to be said of the archive, a sentence each
	Private  []string          // of the notes and problems, those on private files
	// Loose is set instead when there is no bundle and loose files were asked for.
	Loose *Loose
	fs.FS
	closers []io.Closer
}

// ReadDir implements fs.ReadDirFS.
func (a *Archive) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(a.FS, name) }

// Stat implements fs.StatFS.
func (a *Archive) Stat(name string) (fs.FileInfo, error) { return fs.Stat(a.FS, name) }

// Close closes the archive file and removes what was unpacked.
func (a *Archive) Close() error { return closeAll(a.closers) }

// closeAll closes in the opposite order of opening: a folder can be removed only
// when its files are closed.
func closeAll(list []io.Closer) error {
	var errs []error
	for i := len(list) - 1; i >= 0; i-- {
		errs = append(errs, list[i].Close())
	}
	return errors.Join(errs...)
}

// Options of Open.
type Options struct {
	// Temp is the folder below which archives are unpacked. It is made if need
	// be. Empty: the system's.
	Temp string
	// Inner names the bundle to open when there are several.
	Inner string
	// Keep leaves what was unpacked in Temp when Open fails with a SeveralError,
	// for Reopen. The caller removes Temp.
	Keep bool
	// Loose asks for Archive.Loose where there are files and no bundle among them.
	Loose bool
	// Unlocker opens what is encrypted with age; nil: nothing does.
	Unlocker Unlocker
}

// Open opens a folder or an archive file, and the one bundle in it. With more
// than one it fails with a *SeveralError; with a file of another kind, with a
// *Refusal. The file is read once to its end for its hash. All of it ends
// early, with its error, when ctx does.
func Open(ctx context.Context, name string, o Options) (*Archive, error) {
	d := newDoor(o.Temp, defaultCaps())
	d.unlocker = o.Unlocker
	t, err := d.path(ctx, name)
	if o.Loose && errors.Is(err, errPlain) {
		return d.finishAlone(ctx, name, err)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d.finish(ctx, t, o)
}

// finishAlone gives the file itself, which is no archive, or closes the door.
func (d *door) finishAlone(ctx context.Context, name string, why error) (*Archive, error) {
	t, err := d.alone(name)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	a, err := d.loose(ctx, t, why)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	a.closers = d.closers
	return a, nil
}

// finish gives the bundle in a tree, or closes the door.
func (d *door) finish(ctx context.Context, t *tree, o Options) (*Archive, error) {
	a, err := d.enter(ctx, t, o)
	if err == nil {
		a.closers = d.closers
		return a, nil
	}
	var several *SeveralError
	if o.Keep && errors.As(err, &several) {
		return nil, errors.Join(err, closeAll(d.closers[1:])) // all but the spool
	}
	return nil, errors.Join(err, d.Close())
}

// Reopen opens one of the bundles of a SeveralError, with what unlocks it.
func Reopen(in Inner, u Unlocker) (*Archive, error) {
	a := &Archive{Inner: in.Name, SHA256: in.SHA256, Problems: in.Problems, Notes: in.Notes}
	info, err := os.Stat(in.Path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		f, err := newFolder(in.Path)
		if err != nil {
			return nil, err
		}
		a.FS, a.closers = f, []io.Closer{f}
	} else {
		f, err := os.Open(in.Path)
		if err != nil {
			return nil, err
		}
		a.closers = []io.Closer{f}
		if a.FS, err = reopenFile(source{ra: f, size: info.Size(), path: in.Path}, u); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if in.Dir != "." {
		if a.FS, err = fs.Sub(a.FS, in.Dir); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// reopenFile opens a zip, or one that is encrypted.
func reopenFile(s source, u Unlocker) (fs.FS, error) {
	if encrypted, _ := isAge(s.head()); encrypted {
		key, err := s.fileKey(u)
		if err != nil {
			return nil, err
		}
		ra, size, err := age.DecryptReaderAt(s.ra, s.size, age.NewInjectedFileKeyIdentity(key))
		if err != nil {
			return nil, fmt.Errorf("%w: %v", errBlock, err)
		}
		s.ra, s.size = newBlocks(ra, size), size
	}
	return openZip(s.ra, s.size)
}

// Inner is a bundle that was found in an archive, or what should be one.
type Inner struct {
	Name     string // in the archive: its path, and that of a folder in it
	Path     string // on this machine: a zip or a folder, for Reopen
	Dir      string // the bundle's folder in that
	SHA256   string // as in Archive
	Problems []bundles.Problem
	Notes    []string
	Err      error // why it cannot be opened; nil when it can
}

// SeveralError means that an archive holds more than one bundle, or besides one
// what should be one and cannot be opened.
type SeveralError struct {
	Inner []Inner
	Notes []string // about the archive around them
}

func (e *SeveralError) Error() string {
	n := 0
	for _, in := range e.Inner {
		if in.Err == nil {
			n++
		}
	}
	if bad := len(e.Inner) - n; bad > 0 {
		return fmt.Sprintf("it holds several bundles: %d, and %d that cannot be opened", n, bad)
	}
	return fmt.Sprintf("it holds several bundles: %d", n)
}

// InnerError is an error of a bundle in an archive.
type InnerError struct {
	Name string
	Err  error
}

func (e *InnerError) Error() string { return fmt.Sprintf("%q in it: %v", e.Name, e.Err) }
func (e *InnerError) Unwrap() error { return e.Err }
