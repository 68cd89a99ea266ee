package analyzer

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// GrepQuery says which lines of a bundle to look for.
type GrepQuery struct {
	// Patterns are RE2 expressions, or texts where Literal. A line matches when
	// one of them does.
	Patterns   []string `json:"patterns"`
	Literal    bool     `json:"literal,omitempty"`
	IgnoreCase bool     `json:"ignore_case,omitempty"`
	Before     int      `json:"before,omitempty"` // lines of context
	After      int      `json:"after,omitempty"`
	Max        int64    `json:"max,omitempty"` // matches a log; 0: all
	// Inputs are globs over the bundle's paths; a log's source, a folder and a
	// bare file name do as well. None: all logs.
	Inputs []string `json:"inputs,omitempty"`
	Facts  bool     `json:"facts,omitempty"` // also facts, collect.log and manifest.json
	Since  *Moment  `json:"since,omitempty"`
	Until  *Moment  `json:"until,omitempty"`
	Show   GrepShow `json:"show"`
}

// GrepShow says what to write of what is found.
type GrepShow struct {
	JSON    bool `json:"json,omitempty"`    // one object a line
	Count   bool `json:"count,omitempty"`   // the number of matches of each log that has some
	Files   bool `json:"files,omitempty"`   // the paths of the logs that have some
	Heading bool `json:"heading,omitempty"` // a log's path stands above its lines, not before each
	Color   bool `json:"color,omitempty"`
	// Width is from how many characters on a line is cut around its first match;
	// 0: never.
	Width int `json:"width,omitempty"`
	// Several puts the bundle's name before the paths.
	Several bool `json:"several,omitempty"`
}

// GrepResult sums up what was searched in one bundle.
type GrepResult struct {
	File    string `json:"file"` // as Integrity.File
	Host    string `json:"host,omitempty"`
	Matches int64  `json:"matches"`
	Logs    int    `json:"logs"` // searched
	Bytes   int64  `json:"bytes"`
	Lines   int64  `json:"lines"`
	// Untimed counts lines that match and were left out, because they have no
	// time and one was asked for.
	Untimed int64 `json:"untimed,omitempty"`
	// Long counts lines of which only the first scan.MaxLine bytes were searched.
	Long   int64    `json:"long,omitempty"`
	Unread []string `json:"unread,omitempty"` // files that could not be read to their end
	// Strangers counts the files beside raw logs that were not searched, because
	// they are no known logs.
	Strangers int `json:"strangers,omitempty"`
	// Absent says of inputs that are not there why, as the collector said it.
	Absent []string `json:"absent,omitempty"`
	Notes  []string `json:"notes,omitempty"` // what else is to be known
	// Damage says what is wrong with the archive, or that the bundle was cut off.
	Damage []string `json:"damage,omitempty"`
}

// Incomplete reports whether there may be lines that were not searched.
func (r *GrepResult) Incomplete() bool {
	return r.Long > 0 || r.Strangers > 0 || len(r.Unread) > 0 || len(r.Damage) > 0 || r.Logs == 0
}

// GrepJob asks for a search of the bundles in files and folders.
type GrepJob struct {
	Query GrepQuery `json:"query"`
	Packs []PackRef `json:"packs,omitempty"` // their formats tell the times
	// Paths are searched in this order; Inner names the bundle in archives that
	// hold several.
	Paths []string `json:"-"`
	Inner string   `json:"-"`
	// Progress, if not nil, gives the step of a bundle's bar and what to call at
	// its end.
	Progress func(file string) (step func(Progress), done func()) `json:"-"`
}

// Validate says what is wrong with a query, for who typed it.
func (q *GrepQuery) Validate() error {
	for _, p := range q.Patterns {
		_, err := regexp.Compile(p)
		switch {
		case !utf8.ValidString(p):
			return errorf(CodeUsage, "what is not UTF-8 in a log becomes U+FFFD: look for that", "pattern %q is not UTF-8", p)
		case strings.ContainsRune(p, '\n'):
			return errorf(CodeUsage, "give each line as a pattern of its own: -e ONE -e TWO", "pattern %q has a line end, which no line has", p)
		case err != nil && !q.Literal:
			return errorf(CodeUsage, "-F takes patterns as they are, without expressions (RE2)", "pattern %q: %s", p, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	return nil
}

// patterns are those of the scan engine.
func (q *GrepQuery) patterns() []scan.Pattern {
	list := make([]scan.Pattern, len(q.Patterns))
	for i, p := range q.Patterns {
		if list[i].Regexp = p; q.Literal && p != "" {
			list[i] = scan.Pattern{Literal: p}
		}
	}
	return list
}

// Grep searches a bundle, in the calling process, and writes the lines that
// match with their times, in the order of the logs. The error is an *Error or
// that of out.
func Grep(ctx context.Context, b *bundles.Bundle, in Integrity, q GrepQuery, packs []*packfile.Pack, out io.Writer, progress func(Progress)) (*GrepResult, error) {
	formats, err := formatsOf(b, packs)
	if err != nil {
		return nil, err
	}
	r := &GrepResult{File: in.File, Host: b.Host().Name, Damage: damageOf(b, in)}
	r.Notes = append(r.Notes, in.private...)
	if in.Raw() {
		r.Notes = append(r.Notes, rawNote)
		r.Strangers = in.raw.unread
	}
	paths := q.paths(b, r)
	s := logscan.Query{
		Any: q.patterns(), IgnoreCase: q.IgnoreCase, Before: q.Before, After: q.After, Max: q.Max, Formats: formats,
		Since: q.Since.in(b.Now()), Until: q.Until.in(b.Now()), CountOnly: q.Show.Count,
	}
	if q.Show.Files {
		s.Max, s.CountOnly = 1, true
	}
	if progress != nil {
		s.Progress = everyStep(progress)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := newGrepWriter(b, in, q.Show, s, newRelay(out, cancel))
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { w.relay.fail(ctx.Err()) })()
	err = logscan.Grep(ctx, b, paths, s, w.log)
	if w.relay.err != nil {
		err = w.relay.err
	}
	w.sum(r)
	return r, err
}

// everyStep thins out the words about progress.
func everyStep(progress func(Progress)) func(done, total int64) {
	var told atomic.Int64
	return func(done, total int64) {
		if last := told.Load(); done/progressStep != last/progressStep && told.CompareAndSwap(last, done) {
			progress(Progress{Stage: StageScan, Done: done, Total: total})
		}
	}
}

// paths are the files to search, in order.
func (q *GrepQuery) paths(b *bundles.Bundle, r *GrepResult) []string {
	globs := q.Inputs
	if len(globs) == 0 {
		globs = []string{"logs/**"}
	}
	if q.Facts {
		globs = append(slices.Clone(globs), "facts/**", bundles.LogPath, bundles.ManifestPath)
	}
	var out []string
	for _, glob := range globs {
		list := matchInput(b, glob)
		if len(list) == 0 && !q.Facts {
			reason, ok := b.Missing(glob)
			if ok {
				reason = "nothing in it matches " + glob
			}
			r.Absent = append(r.Absent, reason)
		}
		out = append(out, list...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// matchInput lists what a glob means: paths and, where a glob has no folder,
// names of files; for a folder all that is in it.
func matchInput(b *bundles.Bundle, glob string) []string {
	glob = strings.TrimSuffix(strings.ReplaceAll(glob, `\`, "/"), "/")
	out := append(b.MatchLogs(glob), b.MatchLogs(glob+"/**")...)
	if !strings.Contains(glob, "/") {
		out = append(out, b.MatchLogs("**/"+glob)...)
	}
	return out
}

// damageOf says what is wrong with a bundle before its files are read.
func damageOf(b *bundles.Bundle, in Integrity) (list []string) {
	if b.Cut {
		list = append(list, "it was cut off: "+b.CutReason)
	}
	for _, p := range in.Problems {
		list = append(list, strings.TrimPrefix(p.Path+": "+p.Detail, ": "))
	}
	return list
}

// formatsOf are the formats of packs, and those of the bundle's own files.
func formatsOf(b *bundles.Bundle, packs []*packfile.Pack) (*logscan.Formats, error) {
	mods, err := declared(packs)
	if err != nil {
		return nil, err
	}
	f, err := logscan.NewFormats(b, mods)
	if err != nil {
		return nil, packError("of the formats", err)
	}
	for path, format := range ownFormats() {
		if err := f.Declare(path, format); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// declared gives what the modules of packs declare.
func declared(packs []*packfile.Pack) ([]logscan.Module, error) {
	var mods []logscan.Module
	for _, p := range packs {
		for _, row := range p.Manifest.Modules {
			d, err := p.Describe(row.Path)
			if err != nil {
				return nil, packError(p.Manifest.Name, err)
			}
			mods = append(mods, logscan.Module{Name: moduleKey(p, row.Path), Inputs: d.Inputs, Formats: d.Formats, Scans: d.Scans})
		}
	}
	return mods, nil
}

// ownFormats are those of the files that the collector writes.
func ownFormats() map[string]scan.Format {
	at := scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02T15:04:05Z07:00", Zone: "utc"}
	record := scan.Format{ID: "records", Line: `^\{"t":\s*"(?P<stamp>[^"]+)"`, Time: at}
	return map[string]scan.Format{
		bundles.LogPath:       {ID: "collect-log", Line: `^\{"time":\s*"(?P<stamp>[^"]+)",\s*"level":\s*"(?P<level>[A-Z]+)"`, Time: at},
		"facts/events.ndjson": record,
		bundles.SamplesPath:   record,
	}
}

// Grep searches the bundles in files and folders, as many at a time as the pool
// has workers, and writes what they find to out in the order of the names.
// Results has what became of each; its Err is an *Error or that of out.
func (p *Pool) Grep(ctx context.Context, j GrepJob, out io.Writer) []GrepAnswer {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := newRelay(out, cancel)
	defer context.AfterFunc(ctx, func() { r.fail(asError(ctx.Err())) })()
	l := newLooker(p, j.Paths)
	for _, t := range l.tasks {
		t.lane = r.lane()
	}
	l.work = func(ctx context.Context, t *task) ([]byte, error) {
		mine := j
		mine.Query.Show.Several = mine.Query.Show.Several || t.several
		request := t.request(j.Inner)
		request.Grep = &mine
		return p.look(ctx, t, request, handler{output: t.lane}, j.Progress)
	}
	var answers []GrepAnswer
	done := l.run(ctx)
	for _, d := range done {
		a := GrepAnswer{Looked: d}
		if e := asError(a.Err); a.Err != nil && e.Code == CodeCanceled && r.err != nil {
			a.Err = r.err // what was stopped for it says no more
		}
		if a.Err == nil {
			a.Result, a.Err = decodeAnswer[GrepResult](d.raw)
		}
		answers = append(answers, a)
	}
	return answers
}

// GrepAnswer is what became of the search of one bundle.
type GrepAnswer struct {
	Looked
	Result *GrepResult // nil when Err is not
}

// grep does a job of Grep in a worker.
func (w *worker) grep(ctx context.Context, j job) (any, error) {
	packs, err := openPacks(j.Grep.Packs, w.embedded)
	if err != nil {
		return nil, err
	}
	b, in, err := j.look(ctx, packs, w.keys)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return Grep(ctx, b, in, j.Grep.Query, packs, w.out, func(p Progress) { _ = w.out.writeJSON(frameProgress, p) })
}

// look opens the bundle of a search.
func (j *job) look(ctx context.Context, packs []*packfile.Pack, keys archive.Unlocker) (*bundles.Bundle, Integrity, error) {
	if j.Inner != nil {
		return j.Inner.reopen(string(j.Path), keys)
	}
	return openAny(ctx, string(j.Path), archive.Options{Temp: j.TempDir, Keep: j.KeepTemp, Inner: j.Name, Unlocker: keys}, rawOptions{packs: given(packs)})
}

// look gives one job of a search to a worker.
func (p *Pool) look(ctx context.Context, t *task, request job, h handler, progress func(string) (func(Progress), func())) ([]byte, error) {
	if progress != nil {
		step, done := progress(t.Path)
		defer done()
		h.progress = step
	}
	h.size, h.extra = sizeOf(t.Path), lookTime
	raw, died, err := p.do(ctx, request, h)
	if died != nil {
		return nil, errorf(CodeWorkerDied, diedHint, "search %q: the worker process %s", t.Path, died.reason)
	}
	return raw, err
}
