// Package logs copies log files into the bundle, byte for byte but for what the
// redactor removes. It reads regular files only, never waits for a writer, and
// never changes, locks or rotates anything.
package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// Caps that apply when the profile does not say.
const (
	DefaultMaxFile  = 32 << 20
	DefaultMaxTotal = 128 << 20
)

const (
	chunk = 128 << 10
	// minPiece is the least that is worth storing of a file.
	minPiece = 4 << 10
	// packs is how much smaller logs at least get in the zip: a budget of the
	// zip is taken for this many times as much log. Where it is not so, the
	// file is cut when the budget is used up.
	packs = 4
	// maxUnpacked bounds what is unpacked of one gzip file to find its tail.
	maxUnpacked = 4 << 30
)

// Options say what to copy.
type Options struct {
	ID       string
	Globs    []string // absolute, expanded
	MaxFile  int64    // of one file, uncompressed
	MaxTotal int64    // of all, uncompressed
	// MaxZip is this source's share of the zip.
	MaxZip int64
	// Since leaves out files that were not written to since; zero: none.
	Since time.Time
	Log   *slog.Logger
}

// job is one run of Collect.
type job struct {
	opt   Options
	sink  *store.Sink
	used  int64 // of MaxTotal
	begin int64 // of the zip's room, when it began
	notes []string
	// denied and withheld count files, to tell the status of the source.
	denied, withheld, stored int
	other                    bool // something else is lacking
}

// Collect copies the files, newest first.
func Collect(ctx context.Context, k *store.Sink, opt Options) error {
	if opt.MaxFile <= 0 {
		opt.MaxFile = DefaultMaxFile
	}
	if opt.MaxTotal <= 0 {
		opt.MaxTotal = DefaultMaxTotal
	}
	j := &job{opt: opt, sink: k}
	j.begin, _ = k.Left()
	found := Find(ctx, opt.Globs)
	for _, n := range found.Skipped {
		j.lack(n)
	}
	for _, d := range found.Denied {
		j.deny(d)
	}
	if found.Unseen {
		j.lack("too many files or folders to look at all of them")
	}
	files := slices.DeleteFunc(found.Files, func(f File) bool { return !opt.Since.IsZero() && f.MTime.Before(opt.Since) })
	if n := len(files); n > maxFiles {
		files = files[:maxFiles]
		j.lack(fmt.Sprintf("%d files: only the newest %d of them", n, maxFiles))
	}
	for _, f := range files {
		err := j.file(ctx, f)
		switch {
		case errors.Is(err, store.ErrRevoked):
			return err
		case errors.Is(err, errStop), ctx.Err() != nil:
			return j.result(ctx)
		}
	}
	return j.result(ctx)
}

// errStop ends a source whose budget is used up.
var errStop = errors.New("stop")

// file copies one file and notes what went wrong. It fails only when no
// further file can be copied.
func (j *job) file(ctx context.Context, f File) error {
	err := j.copy(ctx, f)
	switch {
	case err == nil:
		j.stored++
	case errors.Is(err, fs.ErrNotExist): // rotated away meanwhile
		j.lack(fmt.Sprintf("%s: gone", f.Path))
	case errors.Is(err, fs.ErrPermission):
		j.deny(f.Path)
	case errors.Is(err, errBinary):
		j.withheld++
		j.note(fmt.Sprintf("%s: %v", f.Path, err))
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrNoSpace), errors.Is(err, errBudget):
		j.lack(err.Error())
		return errStop
	case errors.Is(err, store.ErrRevoked):
		return err
	default:
		j.lack(fmt.Sprintf("%s: %v", f.Path, err))
	}
	return nil
}

func (j *job) note(s string) {
	if len(j.notes) < 10 && !slices.Contains(j.notes, s) {
		j.notes = append(j.notes, s)
	}
	j.opt.Log.Warn("log file", slog.String("source", "logs/"+j.opt.ID), slog.String("note", s))
}

func (j *job) lack(s string) {
	j.other = true
	j.note(s)
}

func (j *job) deny(path string) {
	j.denied++
	j.note(path + ": permission denied")
}

// Errors of one file.
var (
	errBinary = errors.New("not text, withheld")
	errBudget = errors.New("the size for this kind of log is used up")
)

// room is how many bytes of log may still be stored. The error is the limit of
// the bundle that makes it so; nil when the profile's own caps do.
func (j *job) room() (int64, error) {
	room := min(j.opt.MaxFile, j.opt.MaxTotal-j.used)
	zip, why := j.sink.Left()
	if share := j.opt.MaxZip - (j.begin - zip); j.opt.MaxZip > 0 && share < zip {
		zip = share
	}
	if zip*packs < room {
		return zip * packs, why
	}
	return room, nil
}

func (j *job) copy(ctx context.Context, f File) error {
	room, short := j.room()
	if room < minPiece {
		return cmp.Or(short, errBudget)
	}
	src, err := openLog(f.Base, f.Real)
	if err != nil {
		return err
	}
	defer src.Close()
	fi, err := src.Stat()
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if fi.Size() == 0 && endless(src) {
		return errors.New("a file of the kernel without a size, skipped")
	}
	row := bundles.File{Path: "logs/" + j.opt.ID + "/" + BundlePath(f.Path), SourcePath: f.Path}
	mtime, size := fi.ModTime().UTC(), fi.Size()
	row.MTime, row.OriginalSize = &mtime, &size
	var in text
	if strings.HasSuffix(strings.ToLower(f.Path), ".gz") {
		row.StoredFrom, row.Path = "gzip", row.Path[:len(row.Path)-3]
		in, err = unpacked(ctx, src, size, room)
	} else {
		in, err = plain(src, size, room)
	}
	if err != nil {
		return err
	}
	if short != nil && in.from > 0 {
		j.lack(fmt.Sprintf("%s: only the last %d of %d bytes: %v", f.Path, in.size-in.from, in.size, short))
	}
	return j.store(ctx, row, in, func() bool { return changed(src, fi) })
}

// endless reports whether a file without a size has content nevertheless, as
// those of /proc do: how much of it there is, nobody knows.
func endless(f *os.File) bool {
	n, _ := f.ReadAt(make([]byte, 1), 0)
	now, err := f.Stat()
	return n > 0 && err == nil && now.Size() == 0
}

// changed reports whether a file was written to since fi.
func changed(f *os.File, fi fs.FileInfo) bool {
	now, err := f.Stat()
	return err != nil || now.Size() != fi.Size() || !now.ModTime().Equal(fi.ModTime())
}

// store streams the text into the bundle.
func (j *job) store(ctx context.Context, row bundles.File, in text, changed func() bool) error {
	row.Encoding, row.Truncated = in.enc, in.damaged
	if row.FirstLine = 1; in.from > 0 {
		row.FirstLine, row.Truncated = 0, true
	}
	from := in.from
	switch { // ranges speak of the file as it is on the disk
	case row.StoredFrom != "":
		from = -1
	case from > 0:
		row.Ranges = [][2]int64{{from, in.size}}
	}
	e, err := j.sink.Create(row, redact.StreamOptions{Encoding: encoding(in.enc), Cut: in.from > 0}, from, true)
	if err != nil {
		return err
	}
	err = pump(ctx, e, in.r)
	j.used += e.In()
	if err == nil && e.In() < in.size-in.from {
		err = errors.New("the file became shorter while it was read")
	}
	late := func(f *bundles.File) { f.ChangedDuringRead = changed() }
	if err != nil {
		if cerr := e.Cut(late); cerr != nil {
			return cerr
		}
		if e.In() > 0 {
			j.stored++ // a part is there
		}
		return err
	}
	if in.damaged {
		j.lack(fmt.Sprintf("%s: cut off or damaged after %d bytes unpacked", row.SourcePath, in.size))
	}
	return e.Close(late)
}

// encoding of the redactor for that of the manifest.
func encoding(name string) redact.Encoding {
	switch name {
	case "utf-16le":
		return redact.UTF16LE
	case "utf-16be":
		return redact.UTF16BE
	}
	return redact.Bytes8
}

// pump copies until the text or the context ends.
func pump(ctx context.Context, w io.Writer, r io.Reader) error {
	buf := make([]byte, chunk)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// BundlePath makes a bundle path of a full source path: the drive becomes a
// folder.
func BundlePath(path string) string {
	p := filepath.ToSlash(path)
	if len(p) > 1 && p[1] == ':' {
		p = p[:1] + "/" + strings.TrimLeft(p[2:], "/")
	}
	return strings.TrimLeft(p, "/")
}

// result is the error that gives the source its status.
func (j *job) result(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		j.lack("not all files were read: " + err.Error())
	}
	if len(j.notes) == 0 {
		return nil
	}
	status := bundles.StatusPartial
	switch {
	case j.stored > 0 || j.other && j.denied+j.withheld > 0:
	case j.other && ctx.Err() != nil:
		status = bundles.StatusTimeout
	case j.other:
		status = bundles.StatusFailed
	case j.denied > 0 && j.withheld == 0:
		status = bundles.StatusDenied
	case j.withheld > 0 && j.denied == 0:
		status = bundles.StatusWithheld
	}
	return &source.Problem{Status: status, Err: errors.New(strings.Join(j.notes, "; "))}
}
