package analyzer

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Stdin is the name that stands for standard input.
const Stdin = "-"

// maxInput is the most that is taken from a stream, in bytes: more than any
// bundle has that a reader takes.
const maxInput = 16 << 30

// emptyHint is for a stream that ended at once.
const emptyHint = "what should have written the bundle may have failed: see its messages. Usual is: ssh HOST asrcollect --out - | asrdiag -"

// Inputs keeps in files what cannot be opened twice, for as long as a command
// runs: standard input and pipes. A worker process never reads those. It is not
// safe for concurrent use.
type Inputs struct {
	stdin io.Reader
	limit int64
	kept  []kept
}

// kept is one stream.
type kept struct{ name, dir, path string }

// NewInputs gives Inputs whose "-" is stdin.
func NewInputs(stdin io.Reader) *Inputs { return &Inputs{stdin: stdin, limit: maxInput} }

// Close removes the files.
func (in *Inputs) Close() error {
	var errs []error
	for _, k := range in.kept {
		errs = append(errs, os.RemoveAll(k.dir))
	}
	in.kept = nil
	return errors.Join(errs...)
}

// Path gives the name under which a worker can open what the user named: the
// name itself, or for "-" and for pipes that of a private copy. The error is an
// *Error. It returns early when ctx ends.
func (in *Inputs) Path(ctx context.Context, name string) (string, error) {
	if name != Stdin && !isStream(name) {
		return name, nil
	}
	for _, k := range in.kept {
		if k.name == name {
			return "", errorf(CodeUsage, "name it once", "%s can only be read once", streamName(name))
		}
	}
	base := filepath.Base(name)
	if name == Stdin {
		base = "stdin"
	}
	k := kept{name: name, dir: tempDir()}
	k.path = filepath.Join(k.dir, base)
	in.kept = append(in.kept, k)
	return k.path, in.keep(ctx, k)
}

// Restore puts the names that the user gave into a message about copies.
func (in *Inputs) Restore(text string) string {
	for _, k := range in.kept {
		quoted := strconv.Quote(k.path)
		text = strings.ReplaceAll(text, quoted, strconv.Quote(k.name))
		text = strings.ReplaceAll(text, k.path, k.name)
	}
	return text
}

func streamName(name string) string {
	if name == Stdin {
		return "standard input"
	}
	return strconv.Quote(name)
}

// isStream reports whether a name is that of a pipe, or one that means another
// file in another process.
func isStream(name string) bool {
	info, err := os.Stat(name)
	switch {
	case err != nil || info.IsDir():
		return false
	case info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		return true
	}
	clean := filepath.ToSlash(filepath.Clean(name))
	return info.Mode().IsRegular() && (strings.HasPrefix(clean, "/dev/") || strings.HasPrefix(clean, "/proc/"))
}

// keep copies a stream to its file, which only the user may read.
func (in *Inputs) keep(ctx context.Context, k kept) error {
	if err := os.Mkdir(k.dir, 0o700); err != nil {
		return roomError(k.name, err)
	}
	out, err := os.OpenFile(k.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return roomError(k.name, err)
	}
	type result struct {
		n   int64
		err error
	}
	done := make(chan result, 1)
	go func() { // opening and reading a pipe may wait for ever
		n, err := in.copy(out, k.name)
		if closed := out.Close(); closed != nil && err == nil {
			err = roomError(k.name, closed)
		}
		done <- result{n, err}
	}()
	select {
	case <-ctx.Done():
		_ = out.Close()
		return asError(ctx.Err())
	case r := <-done:
		switch {
		case r.err != nil:
			return r.err
		case r.n == 0:
			return errorf(CodeNotArchive, emptyHint, "%s is empty", streamName(k.name))
		}
		return nil
	}
}

// copy copies the stream of that name. The error is an *Error.
func (in *Inputs) copy(out io.Writer, name string) (int64, error) {
	src := in.stdin
	if name != Stdin {
		f, err := os.Open(name)
		if err != nil {
			return 0, openError(name, err)
		}
		defer f.Close()
		src = f
	}
	to := &placeWriter{w: out}
	n, err := io.Copy(to, io.LimitReader(src, in.limit+1))
	switch {
	case to.err != nil:
		return n, roomError(name, to.err)
	case err != nil:
		return n, errorf(CodeNoFile, "save it to a file, and name that", "read %s: %v", streamName(name), err)
	case n > in.limit:
		return n, errorf(CodeLimit, "no bundle is like that; if it is an archive, save it to a file and name that", "%s has more than %d bytes", streamName(name), in.limit)
	}
	return n, nil
}

// placeWriter tells errors of writing from those of reading.
type placeWriter struct {
	w   io.Writer
	err error
}

func (p *placeWriter) Write(b []byte) (n int, err error) {
	n, p.err = p.w.Write(b)
	return n, p.err
}

// roomError is the error of having no place to put a stream.
func roomError(name string, err error) *Error {
	return errorf(CodeInternal, "make room in the temporary folder, or name another one in TMPDIR (TMP on Windows)", "keep %s: %v", streamName(name), err)
}
