package zipwriter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/asrdiag/asrdiag/bundles"
)

// PartialSuffix is added to the name of a bundle that is not finished.
const PartialSuffix = ".partial"

// FileWriter writes a bundle to a file that has its name only when it is whole.
type FileWriter struct {
	*Writer
	path string
	file *os.File // nil once closed
	last io.Closer
	done bool
}

// CreateFile starts the bundle path as path.partial, with mode 0600. It fails
// with fs.ErrExist when either name is taken.
func CreateFile(path string, h bundles.Header) (*FileWriter, error) {
	return CreateThrough(path, h, func(w io.Writer) (io.WriteCloser, error) { return unchanged{w}, nil })
}

// unchanged is a writer that is not closed.
type unchanged struct{ io.Writer }

func (unchanged) Close() error { return nil }

// CreateThrough is CreateFile for a bundle whose bytes pass through another
// writer on their way into the file. Commit closes that.
func CreateThrough(path string, h bundles.Header, through func(io.Writer) (io.WriteCloser, error)) (*FileWriter, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	f, err := os.OpenFile(path+PartialSuffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	fw := &FileWriter{path: path, file: f}
	to, err := through(f)
	if err == nil {
		fw.last = to
		fw.Writer, err = NewWriter(to, h)
	}
	if err != nil {
		return nil, errors.Join(err, fw.Abort())
	}
	return fw, nil
}

// Partial is the name of the file while it is written.
func (w *FileWriter) Partial() string { return w.path + PartialSuffix }

// Commit finishes the bundle, makes it durable and gives it its name. It never
// overwrites: when the name has been taken meanwhile it fails with fs.ErrExist.
// After any error the partial file is still there; Abort removes it.
func (w *FileWriter) Commit(m bundles.Manifest) error {
	if w.file == nil {
		return fmt.Errorf("commit bundle %q: it is closed", w.path)
	}
	if err := w.Finish(m); err != nil {
		return err
	}
	if err := w.last.Close(); err != nil {
		return fmt.Errorf("commit bundle: %w", err)
	}
	if err := w.file.Sync(); err != nil && !cannotSync(err) {
		return fmt.Errorf("commit bundle: %w", err)
	}
	if err := w.close(); err != nil {
		return fmt.Errorf("commit bundle: %w", err)
	}
	if err := renameNew(w.Partial(), w.path); err != nil {
		return fmt.Errorf("commit bundle: %w", err)
	}
	w.done = true
	return nil
}

// cannotSync reports whether a file system says that it has no fsync, as some
// shares do. An error of the disk is another one.
func cannotSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported)
}

// Abort closes and removes the partial file. After a successful Commit it does
// nothing, so it can be deferred.
func (w *FileWriter) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(w.close(), os.Remove(w.Partial()))
}

func (w *FileWriter) close() error {
	if w.file == nil {
		return nil
	}
	f := w.file
	w.file = nil
	return f.Close()
}
