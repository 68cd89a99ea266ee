// Package logs copies log files into the bundle, byte for byte but for what the
// redactor removes. It reads regular files only, never waits for a writer, and
// never changes, locks or rotates anything.
//
// Collect copies files. Logs that live for minutes are collected before the
// window with a Book, and Tails adds at the end of the run what they gained.
package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
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
	// packs is how much smaller logs usually get in the zip: a budget of the zip
	// is taken for this many times as much log.
	packs = 4
	// sampled is how much of a file is packed to see how small it gets, when
	// it matters.
	sampled = 256 << 10
	// maxUnpacked bounds what is unpacked of one gzip file to find its tail.
	maxUnpacked = 4 << 30
	// tailShare of MaxTotal is kept for tails: one part in so many.
	tailShare = 8
)

// Options say what to copy.
type Options struct {
	ID       string
	Globs    []string // absolute, expanded
	Unseen   []string // globs that stand for nobody knows what, with the reason
	MaxFile  int64    // of one file, uncompressed
	MaxTotal int64    // of all, uncompressed
	// MaxZip is this source's share of the zip.
	MaxZip int64
	// Since leaves out files that were not written to since; zero: none.
	Since time.Time
	Log   *runlog.Log
	// Book, when not nil, remembers what Collect stored, for Tails. Collect then
	// leaves a last line that is not finished to Tails.
	Book *Book
}

// job is one run of Collect or Tails.
type job struct {
	opt   Options
	sink  *store.Sink
	tails bool
	total int64 // the part of MaxTotal that this run may use
	used  int64 // of total
	begin int64 // of the zip's room, when it began
	small []int64
	ids   map[fileID]string // path of each file that was opened
	report
}

// newJob searches and notes what cannot be copied.
func newJob(ctx context.Context, k *store.Sink, opt Options) (*job, []File) {
	opt.MaxFile, opt.MaxTotal = positive(opt.MaxFile, DefaultMaxFile), positive(opt.MaxTotal, DefaultMaxTotal)
	j := &job{opt: opt, sink: k, total: opt.MaxTotal, ids: map[fileID]string{}, report: report{id: opt.ID, log: opt.Log, book: opt.Book}}
	j.begin, _ = k.Left()
	found := Find(ctx, opt.Globs, opt.Since)
	for _, n := range slices.Concat(opt.Unseen, found.Skipped) {
		j.lack(n)
	}
	for _, d := range found.Denied {
		j.deny(d)
	}
	for _, n := range slices.Concat(found.Odd, found.Secret) {
		j.remark(n)
	}
	if found.Unseen {
		j.lack("too many files or folders to look at all of them")
	}
	if found.Older > 0 {
		j.lack(fmt.Sprintf("%d files: only the newest %d of them, %d are left out", len(found.Files)+found.Older, maxFiles, found.Older))
	}
	j.small = smaller(found.Files, j.total/4)
	return j, found.Files
}

func positive(n, preset int64) int64 {
	if n > 0 {
		return n
	}
	return preset
}

// smaller is, for each file, how many bytes the older files need that fit into a
// limit one by one, together at most the limit. A file that has to be cut anyway
// leaves them this much, so that one huge log does not evict all the others.
func smaller(files []File, limit int64) []int64 {
	out := make([]int64, len(files))
	var sum int64
	for i := len(files) - 1; i >= 0; i-- {
		out[i] = sum
		if files[i].Size <= limit-sum {
			sum += files[i].Size
		}
	}
	return out
}

// Collect copies the files, newest first.
func Collect(ctx context.Context, k *store.Sink, opt Options) error {
	j, files := newJob(ctx, k, opt)
	if opt.Book != nil {
		j.total -= j.total / tailShare
	}
	for i, f := range files {
		err := j.note(f.Path, j.copy(ctx, f, i))
		if errors.Is(err, store.ErrRevoked) {
			return err
		}
		if err != nil || ctx.Err() != nil {
			break
		}
	}
	return j.result(ctx)
}

// errStop ends a source whose budget is used up.
var errStop = errors.New("stop")

// Errors of one file.
var (
	errBinary  = errors.New("not text, withheld")
	errPrivate = errors.New("a map of pseudonyms or the key of a case, withheld")
	errBudget  = errors.New("the size for this kind of log is used up")
	errAgain   = errors.New("another name of")
)

// room is how many bytes of the i-th file may still be stored. The error is the
// limit of the bundle that makes it so; nil when the profile's own caps do.
func (j *job) room(size int64, i int, packs float64) (int64, error) {
	left := j.total - j.used
	if size > left && i < len(j.small) {
		left -= min(j.small[i], left/2)
	}
	room := min(j.opt.MaxFile, left)
	zip, why := j.zip()
	if most := int64(float64(zip) * packs); most < room {
		return most, why
	}
	return room, nil
}

// zip is how many bytes of the zip may still be taken.
func (j *job) zip() (int64, error) {
	zip, why := j.sink.Left()
	if share := j.opt.MaxZip - (j.begin - zip); j.opt.MaxZip > 0 && share < zip {
		zip, why = share, store.ErrShare
	}
	return zip, why
}

// packs is how much smaller a file gets in the zip, by its end: the newest lines
// must not be lost because the older ones took more than was thought.
func (j *job) packs(o *opened) float64 {
	size := o.info.Size()
	if zip, _ := j.zip(); size <= zip {
		return packs // there is room for it, however it packs
	}
	if _, gzipped := o.content.(*gzipFile); gzipped {
		return packs
	}
	buf := make([]byte, min(sampled, size))
	n, _ := o.src.ReadAt(buf, size-int64(len(buf)))
	return 0.95 * j.sink.Ratio(buf[:n])
}

// opened is a file that is being copied.
type opened struct {
	File
	src     *os.File
	info    fs.FileInfo
	id      fileID
	known   bool // id is
	content content
}

// open opens a file that was found, if it still is a regular one and was not
// copied by another name.
func (j *job) open(f File) (*opened, error) {
	src, err := openLog(f.Base, f.Real)
	if err != nil {
		return nil, err
	}
	o := &opened{File: f, src: src}
	if err := j.look(o); err != nil {
		src.Close()
		return nil, err
	}
	return o, nil
}

func (j *job) look(o *opened) (err error) {
	if o.info, err = o.src.Stat(); err != nil {
		return err
	}
	if !o.info.Mode().IsRegular() {
		return errors.New(kind(o.info.Mode()) + " by now, skipped")
	}
	if o.id, o.known = idOf(o.src); o.known {
		if name, again := j.ids[o.id]; again {
			return fmt.Errorf("%w %s", errAgain, name)
		}
		j.ids[o.id] = o.Path
	}
	if o.info.Size() == 0 && endless(o.src) {
		return errors.New("a file of the kernel without a size, skipped")
	}
	o.content, err = contentOf(o.src, o.info.Size())
	return err
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

// copy copies the i-th of the files.
func (j *job) copy(ctx context.Context, f File, i int) error {
	if room, short := j.room(f.Size, i, packs); room < minPiece {
		return cmp.Or(short, errBudget)
	}
	o, err := j.open(f)
	if err != nil {
		return err
	}
	defer o.src.Close()
	return j.store(ctx, o, part{first: 1, lines: j.opt.Book != nil && !j.tails}, i)
}

// store streams a part of a file into the bundle, and remembers it.
func (j *job) store(ctx context.Context, o *opened, p part, i int) error {
	in, err := j.text(ctx, o, &p, i)
	if err != nil {
		return err
	}
	size, mtime := o.info.Size(), o.info.ModTime().UTC()
	row := bundles.File{
		Path: "logs/" + j.opt.ID + "/", SourcePath: o.Path, MTime: &mtime, OriginalSize: &size,
		Encoding: in.enc, FirstLine: in.first, Truncated: in.truncated || in.damaged != "",
	}
	from := in.from
	switch {
	case in.packed: // ranges would be those of the packed file
		row.StoredFrom, from = "gzip", -1
	case in.from > 0 || in.to < in.size:
		row.Ranges = [][2]int64{{in.from, in.to}}
	}
	e, err := j.sink.Create(row, in.options(), from, true)
	if err != nil {
		return err
	}
	lines, err := j.fill(ctx, e, o, in)
	if j.opt.Book != nil && !j.tails {
		j.remember(ctx, o, e, in, lines)
	}
	return err
}

// text prepares a part of a file for as much as there is room.
func (j *job) text(ctx context.Context, o *opened, p *part, i int) (text, error) {
	room, short := j.room(o.info.Size()-p.from, i, j.packs(o))
	if room < minPiece {
		return text{}, cmp.Or(short, errBudget)
	}
	p.room = room
	in, err := o.content.text(ctx, *p)
	if err == nil && short != nil && in.truncated {
		j.lack(fmt.Sprintf("%s: only %d of %d bytes: %v", o.Path, in.to-in.from, in.size, short))
	}
	return in, err
}

// options of the redactor for a text.
func (in *text) options() redact.StreamOptions {
	return redact.StreamOptions{Encoding: encoding(in.enc), Cut: in.from > 0 && !in.resumed, After: in.after}
}

// fill writes the text to an entry and ends it. It returns how many lines ended.
func (j *job) fill(ctx context.Context, e *store.Entry, o *opened, in text) (int64, error) {
	lines := lineCounter{enc: in.enc}
	err := pump(ctx, counted{e, &lines}, in.r)
	j.used += e.In()
	if err == nil && e.In() < in.to-in.from {
		err = errors.New("the file became shorter while it was read")
	}
	late := func(f *bundles.File) { f.ChangedDuringRead = changed(o.src, o.info) }
	if err != nil || in.midLine {
		if cerr := e.Cut(late); cerr != nil {
			return lines.n, cerr
		}
		if err != nil && e.In() > 0 {
			j.stored++ // a part is there
		}
		return lines.n, err
	}
	if in.damaged != "" {
		j.lack(fmt.Sprintf("%s: %s after %d bytes unpacked", o.Path, in.damaged, in.size))
	}
	return lines.n, e.Close(late)
}

// counted counts the lines of what was taken.
type counted struct {
	e     *store.Entry
	lines *lineCounter
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.e.Write(p)
	_, _ = c.lines.Write(p[:n]) // counts
	return n, err
}

// remember enters a file into the book, unless it became shorter: then what
// comes is the begin of something new.
func (j *job) remember(ctx context.Context, o *opened, e *store.Entry, in text, lines int64) {
	r := &record{File: o.File, id: o.id, packed: in.packed, entry: e, enc: in.enc, end: o.info.Size(), read: time.Now()}
	r.MTime = o.info.ModTime()
	if !in.packed {
		if r.end, _ = e.End(); in.first > 0 {
			r.next = in.first + lines
		}
	}
	now, err := o.src.Stat()
	if err != nil || now.Size() < r.end {
		return
	}
	if r.mark, err = markOf(ctx, plainFile{o.src, now.Size()}, r.end); err == nil && o.known {
		j.opt.Book.add(j.opt.ID, r, j.used)
	}
}
