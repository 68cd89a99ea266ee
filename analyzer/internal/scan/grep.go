package scan

import (
	"bytes"
	"cmp"
	"context"
	"io/fs"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Query is what Grep looks for. A line is a match when one of the patterns
// matches it, by the rules of declared scans: lines and text are the same, but
// every line is an entry of its own.
type Query struct {
	Any        []decl.Pattern
	IgnoreCase bool
	// Before and After are lines of context.
	Before, After int
	// Max is how many matches of a log are given; 0: all.
	Max int64
	// Since and Until bound the time of matches; lines without time do not count
	// then. Nil: no bound. Both ends are in.
	Since, Until *time.Time
	// CountOnly leaves out the lines.
	CountOnly bool
	// Formats tell the times of lines; nil: there are none.
	Formats *Formats
	// Workers is how many logs are read at a time; 0: GOMAXPROCS. With 1 a single
	// core does all of it.
	Workers int
	// Progress is called with the bytes just read and those that there are, from
	// several goroutines.
	Progress func(done, total int64)

	chunk int // bytes read at once; 0: chunkSize
}

// Line is one line that Grep gives.
type Line struct {
	File           string
	Number         int64 // in the source file; in the stored one when Stored
	Stored         bool
	Offset, Length int64  // bytes of the stored file
	Text           []byte // UTF-8, at most decl.MaxLine bytes; valid during the call
	Match          bool   // else it is context
	Time           *time.Time
	Ambiguous      bool
	// Carried marks a time that is that of the line with which the entry begins.
	Carried bool
}

// Text is what became of one log, with its tail.
type Text struct {
	Files   []string // that were searched, the log before its tail
	Matches int64
	// Untimed counts lines that match and have no time, where times are asked for.
	Untimed int64
	// Long counts lines of which the end, behind decl.MaxLine bytes, was not
	// searched.
	Long         int64
	Bytes, Lines int64
	Unread       []string // could not be read to their end
}

// Sink takes what Grep finds in one log. It is used by one goroutine at a time.
type Sink interface {
	// Line takes a line. False ends the search of the log.
	Line(l *Line) bool
	// End is called once, behind the last line.
	End(t Text)
}

// Grep searches files of the bundle. Sinks are asked for in the order of the
// logs' paths, all before the search begins; n counts from 0. Logs are begun in
// that order, too. It fails when a pattern is wrong or ctx ends.
func Grep(ctx context.Context, b *bundles.Bundle, paths []string, q Query, sink func(n int) Sink) error {
	m, err := newMatcher("", decl.Scan{Any: q.Any, IgnoreCase: q.IgnoreCase}, nil)
	if err != nil {
		return err
	}
	p := &plan{zone: zoneOf(b), formats: map[string]*format{}}
	wanted := map[string][]*matcher{}
	for _, path := range paths {
		wanted[path] = []*matcher{m}
	}
	p.addJobs(b, wanted)
	g := &grep{query: &q, bundle: b, plan: p, matcher: m, total: total(p.jobs)}
	for _, j := range p.jobs {
		if !j.isTail {
			g.queue = append(g.queue, j)
			g.sinks = append(g.sinks, sink(len(g.sinks)))
		}
	}
	g.run(ctx)
	return ctx.Err()
}

// grep is one search.
type grep struct {
	query   *Query
	bundle  *bundles.Bundle
	plan    *plan
	matcher *matcher
	queue   []*job
	sinks   []Sink
	total   int64
	done    atomic.Int64
	pool    blockPool
}

func (g *grep) workers() int { return cmp.Or(g.query.Workers, runtime.GOMAXPROCS(0)) }

func (g *grep) run(ctx context.Context) {
	workers := min(g.workers(), len(g.queue))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(g.queue) {
					return
				}
				g.text(ctx, g.queue[n], g.sinks[n])
			}
		})
	}
	wg.Wait()
}

// text searches a log and its tail.
func (g *grep) text(ctx context.Context, j *job, sink Sink) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &sieve{query: g.query, matcher: g.matcher, finder: newFinder(j.search, j.matchers), sink: sink, stop: cancel}
	for ; j != nil && ctx.Err() == nil; j = j.tail {
		s.enter(j, g.clock(j), g.format(j))
		unread := g.file(ctx, j, s)
		s.told.Files = append(s.told.Files, j.path)
		if unread && !s.full {
			s.told.Unread = append(s.told.Unread, j.path)
			s.leave()
		}
	}
	sink.End(s.told)
}

func (g *grep) clock(j *job) decl.Clock { return decl.Clock{Zone: g.plan.zone, MTime: j.file.MTime} }

func (g *grep) format(j *job) *format {
	if g.query.Formats == nil {
		return nil
	}
	row := j.row
	if j.isTail { // a tail may be too short to tell
		row.Path, _ = g.bundle.TailOf(j.path)
	}
	return g.query.Formats.of(g.bundle, row)
}

// file searches one file, and reports whether it could not be read to its end.
func (g *grep) file(ctx context.Context, j *job, s *sieve) (unread bool) {
	file, err := j.open()
	if err != nil {
		return true
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Mode()&fs.ModeDir != 0 {
		return true
	}
	f := &flow{pool: &g.pool, search: s.finder.search, take: s.block, read: func(n int) {
		s.told.Bytes += int64(n)
		if done := g.done.Add(int64(n)); g.query.Progress != nil {
			g.query.Progress(done, g.total)
		}
	}}
	chunks := newChunker(file, cmp.Or(g.query.chunk, chunkSize), declaredEncoding(j.file.Encoding))
	if j.size <= parallelFrom || g.workers() == 1 {
		f.serial(ctx, chunks)
	} else {
		f.parallel(ctx, chunks, 3+runtime.GOMAXPROCS(0))
	}
	return chunks.err != nil
}

// Spans finds what of a line matches, for marking it: byte ranges in order that
// do not overlap.
type Spans struct{ any []*regexp.Regexp }

// NewSpans compiles the patterns of a query.
func NewSpans(q Query) (*Spans, error) {
	s := &Spans{}
	for _, p := range q.Any {
		expr := p.Regexp
		if p.Literal != "" {
			expr = regexp.QuoteMeta(p.Literal)
		}
		if q.IgnoreCase {
			expr = "(?i)" + expr
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, err
		}
		s.any = append(s.any, re)
	}
	return s, nil
}

// Of lists the spans of a line, empty ones left out.
func (s *Spans) Of(line []byte) [][2]int {
	var all [][2]int
	for _, re := range s.any {
		for _, at := range re.FindAllIndex(line, -1) {
			if at[0] < at[1] {
				all = append(all, [2]int{at[0], at[1]})
			}
		}
	}
	slices.SortFunc(all, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(b[1], a[1])) })
	out := all[:0]
	for _, at := range all {
		if n := len(out); n > 0 && at[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], at[1])
			continue
		}
		out = append(out, at)
	}
	return out
}

// clone copies what is valid during a call only.
func (l Line) clone() Line {
	l.Text = bytes.Clone(l.Text)
	return l
}
