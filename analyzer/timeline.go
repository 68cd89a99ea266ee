package analyzer

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/timeline"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// TimelineQuery says what of a bundle's time to show.
type TimelineQuery struct {
	// All takes every line of the logs that has a time, and the collector's every
	// step. Else it is what says that something is not as it should be, or that it
	// changed.
	All bool `json:"all,omitempty"`
	// Each tells repetitions one by one.
	Each  bool    `json:"each,omitempty"`
	Since *Moment `json:"since,omitempty"`
	Until *Moment `json:"until,omitempty"`
	// Around asks for the time from Window before it to Window behind it.
	Around *Moment       `json:"around,omitempty"`
	Window time.Duration `json:"window,omitempty"`
	// Several says that other bundles are in the same timeline: the host's clock is
	// then set right, as far as it is known to be wrong.
	Several bool `json:"several,omitempty"`
}

// TimelineShow says how to write events.
type TimelineShow struct {
	JSON  bool // one object a line
	Color bool
	Width int // characters of a text; 0: all
}

// TimelineResult sums up the timeline of one bundle.
type TimelineResult struct {
	File   string `json:"file"` // as Integrity.File
	Host   string `json:"host,omitempty"`
	Events int64  `json:"events"` // repetitions count once
	Bytes  int64  `json:"bytes"`  // of logs
	Lines  int64  `json:"lines"`
	// ClockOffset is reference time minus host time in seconds, nil when it was not
	// measured; Moved says that times were set right by it.
	ClockOffset *float64 `json:"clock_offset_seconds,omitempty"`
	ClockSource string   `json:"clock_offset_source,omitempty"`
	Moved       bool     `json:"moved,omitempty"`
	Unknown     []string `json:"unknown,omitempty"` // logs without a known format
	Untimed     int64    `json:"untimed,omitempty"` // lines that were wanted and have no time
	Unread      []string `json:"unread,omitempty"`  // files that could not be read to their end
	// Strangers counts the files beside raw logs that are no known logs.
	Strangers int      `json:"strangers,omitempty"`
	Notes     []string `json:"notes,omitempty"`
	Damage    []string `json:"damage,omitempty"` // what is wrong with the archive
}

// Incomplete reports whether something may be missing.
func (r *TimelineResult) Incomplete() bool { return len(r.Unread) > 0 || len(r.Damage) > 0 }

// TimelineJob asks for one timeline of the bundles in files and folders.
type TimelineJob struct {
	Query    TimelineQuery                                        `json:"query"`
	Packs    []PackRef                                            `json:"packs,omitempty"` // they know the logs
	Show     TimelineShow                                         `json:"-"`
	Paths    []string                                             `json:"-"`
	Inner    string                                               `json:"-"`
	Progress func(file string) (step func(Progress), done func()) `json:"-"`
}

// Timeline gives the events of a bundle in order of time, in the calling process,
// as JSON, one a line. Temp is a folder for what does not fit into memory; the
// caller removes it. The error is an *Error or that of out.
func Timeline(ctx context.Context, b *bundles.Bundle, in Integrity, q TimelineQuery, packs []*packfile.Pack, temp string, out io.Writer, progress func(Progress)) (*TimelineResult, error) {
	formats, err := formatsOf(b, packs)
	if err != nil {
		return nil, err
	}
	mods, err := declared(packs)
	if err != nil {
		return nil, err
	}
	r := &TimelineResult{File: in.File, Host: b.Host().Name, Damage: damageOf(b, in)}
	r.Notes = append(r.Notes, in.private...)
	if in.Raw() {
		r.Notes = append(r.Notes, rawNote)
		r.Strangers = in.raw.unread
	}
	o := q.options(b, r)
	sorter := timeline.NewSorter(temp)
	defer sorter.Close()
	r.Unread = timeline.Facts(b, in.File, o, sorter.Add)
	found, err := timeline.Logs(ctx, b, in.File, formats, mods, o, stepsOf(b, progress), sorter.Add)
	if err != nil {
		return nil, err
	}
	r.Bytes, r.Lines, r.Untimed, r.Unknown = found.Bytes, found.Lines, found.Untimed, found.Unknown
	r.Unread = append(r.Unread, found.Unread...)
	return r, q.write(ctx, sorter, r, out)
}

// write sends the events on.
func (q *TimelineQuery) write(ctx context.Context, sorter *timeline.Sorter, r *TimelineResult, out io.Writer) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	send := func(e *timeline.Event) error {
		r.Events++
		if err := enc.Encode(e); err != nil {
			return err
		}
		if buf.Len() < flushAt {
			return ctx.Err()
		}
		_, err := buf.WriteTo(out)
		return err
	}
	fold := timeline.NewFold(send)
	older := timeline.NewOlder(fold.Add)
	add := older.Add
	switch {
	case q.Each:
		add = send
	case q.Since != nil, q.Around != nil: // asked for
		add = fold.Add
	}
	if err := sorter.Each(add); err != nil {
		return spoolError(err)
	}
	if err := older.End(); err != nil {
		return err
	}
	if err := fold.End(); err != nil {
		return err
	}
	_, err := buf.WriteTo(out)
	return err
}

// spoolError tells errors of the temporary folder from others.
func spoolError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return errorf(CodeInternal, "make room in the temporary folder, name another one in TMPDIR (TMP on Windows), or ask for less with --since", "sort events: %v", err)
	}
	return err
}

// options resolves times and the clock.
func (q *TimelineQuery) options(b *bundles.Bundle, r *TimelineResult) timeline.Options {
	o := timeline.Options{All: q.All, Since: q.Since.in(b.Now()), Until: q.Until.in(b.Now())}
	if at := q.Around.in(b.Now()); at != nil {
		from, to := at.Add(-q.Window), at.Add(q.Window)
		o.Since, o.Until = &from, &to
	}
	h := b.Host()
	r.ClockOffset, r.ClockSource = h.ClockOffsetSeconds, h.ClockOffsetSource
	if s := h.ClockOffsetSeconds; q.Several && s != nil && math.Abs(*s) >= minClockOffset && math.Abs(*s) <= maxClockOffset {
		o.Shift, r.Moved = time.Duration(*s*float64(time.Second)).Round(time.Millisecond), true
	}
	return o
}

// Clock offsets that are set right, in seconds: less is nobody's concern, more is
// no offset.
const (
	minClockOffset = 1
	maxClockOffset = 100 * 365 * 24 * 3600
)

// stepsOf makes words about progress of bytes of logs.
func stepsOf(b *bundles.Bundle, progress func(Progress)) func(n int) {
	if progress == nil {
		return nil
	}
	total := int64(0)
	for _, f := range b.Manifest.Files {
		if ok := bundles.Glob("logs/**", f.Path); ok {
			total += f.Size
		}
	}
	var done atomic.Int64
	tell := everyStep(progress)
	return func(n int) { tell(done.Add(int64(n)), total) }
}

// timeline does a job of Timeline in a worker.
func (w *worker) timeline(ctx context.Context, j job) (any, error) {
	packs, err := openPacks(j.Timeline.Packs, w.embedded)
	if err != nil {
		return nil, err
	}
	b, in, err := j.look(ctx, packs, w.keys)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	temp := filepath.Join(j.TempDir, "events-"+rand.Text()) // other bundles of the archive may use the folder
	defer os.RemoveAll(temp)
	return Timeline(ctx, b, in, j.Timeline.Query, packs, temp, w.out, func(p Progress) { _ = w.out.writeJSON(frameProgress, p) })
}

// TimelineAnswer is what became of one bundle's part in a timeline.
type TimelineAnswer struct {
	Looked
	Result *TimelineResult // nil when Err is not
}

// Timeline merges the events of the bundles in files and folders, which workers
// gather, as many at a time as the pool has, and writes them to out in order of
// time. The error is that of writing or of the temporary folder; what is wrong
// with a bundle is in its answer.
func (p *Pool) Timeline(ctx context.Context, j TimelineJob, out io.Writer) ([]TimelineAnswer, error) {
	spool := tempDir()
	defer os.RemoveAll(spool)
	l := newLooker(p, j.Paths)
	parts := &eventParts{dir: spool, files: map[*task]*os.File{}}
	defer parts.close()
	w := &eventWriter{out: out, show: j.Show, several: len(j.Paths) > 1}
	l.work = func(ctx context.Context, t *task) ([]byte, error) {
		mine := j
		mine.Query.Several = mine.Query.Several || t.several
		request := t.request(j.Inner)
		request.Timeline = &mine
		var to io.Writer = &lineSink{take: w.line}
		if t.several {
			f, err := parts.create(t)
			if err != nil {
				return nil, roomError(t.Path, err)
			}
			to = f
		}
		return p.look(ctx, t, request, handler{output: to}, j.Progress)
	}
	done := l.run(ctx)
	if ctx.Err() != nil {
		return nil, asError(ctx.Err())
	}
	w.several = len(l.tasks) > 1
	if err := parts.merge(l.tasks, w); err != nil {
		return nil, err
	}
	return timelineAnswers(done), w.flush()
}

// decodeAnswer reads what a worker answered.
func decodeAnswer[T any](raw []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, errorf(CodeInternal, internalHint, "decode the worker's answer: %v", err)
	}
	return v, nil
}

func timelineAnswers(done []Looked) []TimelineAnswer {
	var answers []TimelineAnswer
	for _, d := range done {
		a := TimelineAnswer{Looked: d}
		if a.Err == nil {
			a.Result, a.Err = decodeAnswer[TimelineResult](d.raw)
		}
		answers = append(answers, a)
	}
	return answers
}

// eventParts keeps the events of each bundle until all are there. It is safe for
// concurrent use.
type eventParts struct {
	dir string

	mu    sync.Mutex
	files map[*task]*os.File
}

// create makes the file of a bundle.
func (p *eventParts) create(t *task) (io.Writer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(p.dir, fmt.Sprintf("events-%d", len(p.files))), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		p.files[t] = f
	}
	return f, err
}

func (p *eventParts) close() {
	for _, f := range p.files {
		_ = f.Close()
	}
}

// merge writes the events of all bundles in order of time. Of a bundle that could
// not be read to its end there are none.
func (p *eventParts) merge(tasks []*task, w *eventWriter) error {
	var sources []timeline.Source
	for _, t := range tasks {
		f := p.files[t]
		if f == nil || t.Err != nil {
			continue
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return spoolError(err)
		}
		sources = append(sources, timeline.FromJSON(f))
	}
	err := timeline.Merge(sources, w.write)
	if err != nil && w.err == nil {
		return spoolError(err)
	}
	return w.err
}

// lineSink hands on whole lines.
type lineSink struct {
	rest []byte
	take func(line []byte) error
}

// maxEventLine bounds a line of a worker.
const maxEventLine = 1 << 20

func (l *lineSink) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			break
		}
		if err := l.take(line); err != nil {
			return 0, err
		}
		l.rest = rest
	}
	l.rest = bytes.Clone(l.rest)
	if len(l.rest) > maxEventLine {
		return 0, errorf(CodeInternal, internalHint, "the worker process sends a line of %d bytes", len(l.rest))
	}
	return len(p), nil
}
