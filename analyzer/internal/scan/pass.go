package scan

import (
	"cmp"
	"context"
	"crypto/sha256"
	"hash"
	"runtime"

	"github.com/asrdiag/asrdiag/bundles"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// worker reads one file after the other and keeps its buffers between them.
type worker struct {
	plan   *plan
	opts   Options
	ahead  int   // blocks of a large file that are under way
	alone  int64 // size above which a file is too much for one core
	pool   blockPool
	sample sampler
}

// newWorker makes one of some workers.
func newWorker(p *plan, opts Options, workers int) *worker {
	cores := runtime.GOMAXPROCS(0)
	return &worker{plan: p, opts: opts, ahead: 3 + 2*max(1, cores/workers)}
}

// text reads a file and its tail, and leaves the results in their jobs, or
// leaves off when ctx ends. Behind a file that cannot be read to its end a new
// text begins.
func (w *worker) text(ctx context.Context, j *job) {
	finder := newFinder(j.search, j.matchers)
	pass := newPass(finder, j, w.clock(j))
	for w.file(ctx, j, pass); j.tail != nil && ctx.Err() == nil; w.file(ctx, j, pass) {
		unread := j.done.unread
		j = j.tail
		if unread {
			pass.finish()
			pass = newPass(finder, j, w.clock(j))
			continue
		}
		pass.enter(j, w.clock(j))
	}
	if ctx.Err() == nil {
		pass.finish()
	}
}

func (w *worker) clock(j *job) decl.Clock {
	return decl.Clock{Zone: w.plan.zone, MTime: j.file.MTime}
}

// file reads one file.
func (w *worker) file(ctx context.Context, j *job, pass *pass) {
	r := &j.done
	r.log.File = j.path
	file, err := j.open()
	if err != nil {
		r.unread = true
		return
	}
	defer file.Close()
	r.opened = true
	w.sample.reset(j.size, formatsOf(j.matchers), pass.clock, &w.pool)
	f := &flow{pool: &w.pool, search: pass.finder.search, sum: w.hash(), read: func(n int) {
		r.bytes += int64(n)
		if w.opts.Progress != nil {
			w.opts.Progress(n)
		}
	}}
	f.take = func(b *block) {
		if b.count() == 0 {
			return
		}
		b.first = r.lines
		r.lines += int64(b.count())
		j.mark(b, pass.line)
		pass.block(b)
		w.sample.block(b)
	}
	chunks := newChunker(file, cmp.Or(w.opts.chunk, chunkSize), declaredEncoding(j.file.Encoding))
	if j.size <= w.alone && !w.opts.parallel {
		f.serial(ctx, chunks)
	} else {
		f.parallel(ctx, chunks, w.ahead)
	}
	r.unread = chunks.err != nil
	r.probes, r.log = w.sample.result(j.path, r.bytes, r.lines)
	if f.sum != nil {
		r.sum = f.sum.Sum(nil)
	}
	if err := bundles.RestartsErr(file); err != nil {
		r.restarts = err.Error()
	}
}

// markEvery is how many bytes are between two marks of a file.
const markEvery = 4 << 20

// mark keeps a place now and then, where a file can be opened at its restart
// points. First is the number of the file's first line.
func (j *job) mark(b *block, first int64) {
	marks := j.done.marks
	if len(j.row.Restarts) == 0 {
		return
	}
	if n := len(marks); n == 0 || b.off(0)-marks[n-1].Offset >= markEvery {
		j.done.marks = append(marks, Mark{Offset: b.off(0), Line: first + b.first})
	}
}

func (w *worker) hash() hash.Hash {
	if !w.opts.Hash {
		return nil
	}
	return sha256.New()
}

// formatsOf lists the formats of matchers in their order, each once.
func formatsOf(matchers []*matcher) []*format {
	var out []*format
	seen := map[*format]bool{nil: true}
	for _, m := range matchers {
		if !seen[m.format] {
			seen[m.format] = true
			out = append(out, m.format)
		}
	}
	return out
}

// pass runs the scans of one file over its blocks.
type pass struct {
	job     *job
	clock   decl.Clock
	line    int64 // the number of the first line of the file
	finder  *finder
	text    text       // the entry that is tried
	plain   []*matcher // each line is an entry
	joins   []*joined
	stats   map[*matcher]*stats
	context int       // most lines before that a scan wants
	before  []string  // the last lines before the block, at most context
	pending []waiting // hits that want lines of the next block
}

// waiting is a hit that lacks lines after it.
type waiting struct {
	m    *matcher
	hit  *decl.Hit
	need int
}

// entry is what patterns are tried on. Text is valid until the next block.
type entry struct {
	job               *job
	clock             decl.Clock
	line, off, length int64
	text, header      []byte // header is the text of the first line
}

func newPass(f *finder, j *job, clock decl.Clock) *pass {
	p := &pass{job: j, clock: clock, line: max(j.file.FirstLine, 1), finder: f, stats: map[*matcher]*stats{}}
	joins := map[*format]*joined{}
	for _, m := range j.matchers {
		p.stats[m] = &stats{}
		p.context = max(p.context, m.scan.Context)
		if m.format == nil || !m.format.lf.Join {
			p.plain = append(p.plain, m)
			continue
		}
		g := joins[m.format]
		if g == nil {
			g = &joined{reader: newLineReader(m.format)}
			joins[m.format] = g
			p.joins = append(p.joins, g)
		}
		g.matchers = append(g.matchers, m)
	}
	return p
}

func (p *pass) block(b *block) {
	p.feed(b)
	p.finder.reset(b)
	for _, m := range p.plain {
		p.standalone(m, b, 0, b.count())
	}
	for _, g := range p.joins {
		g.block(p, b)
	}
	p.remember(b)
}

// enter goes on with the next file of the text.
func (p *pass) enter(j *job, clock decl.Clock) {
	p.job, p.clock, p.line = j, clock, max(j.file.FirstLine, 1)
	for _, g := range p.joins {
		if g.open != nil {
			g.open.sealed = true
		}
	}
}

// finish takes what the end of the text completes.
func (p *pass) finish() {
	for _, g := range p.joins {
		g.close(p, nil, 0)
	}
	for _, w := range p.pending {
		w.m.keep.add(w.hit)
	}
	p.pending = nil
	for m, s := range p.stats {
		m.merge(*s)
	}
}

// standalone tries the lines from lo to hi as entries of their own.
func (p *pass) standalone(m *matcher, b *block, lo, hi int) {
	for _, c := range p.finder.lines(m) {
		if i := int(c); i >= lo && i < hi {
			p.inBlock(m, b, i, i)
		}
	}
}

// inBlock tries the entry of the lines from first to last.
func (p *pass) inBlock(m *matcher, b *block, first, last int) {
	e := entry{
		job: p.job, clock: p.clock, line: p.line + b.first + int64(first), off: b.off(first), length: b.end(last) - b.off(first),
		text: b.joined(first, last), header: b.text(first),
	}
	h := p.try(m, e)
	if h == nil {
		return
	}
	h.Before = p.linesBefore(b, first, m.scan.Context)
	p.after(m, h, b, last+1)
}

// try matches an entry. It returns a hit to keep, which lacks the lines around
// it, or nil.
func (p *pass) try(m *matcher, e entry) *decl.Hit {
	p.text.reset(e.text)
	alt, groups := m.match(&p.text)
	if alt == nil {
		return nil
	}
	var parsed decl.Entry
	if m.format != nil {
		parsed, _ = m.format.lf.Parse(string(e.header), e.clock)
	}
	fields := alt.addFields(parsed.Fields, e.text, groups)
	if !m.scan.Allows(fields) {
		return nil
	}
	p.stats[m].add(parsed.Time)
	if m.tally != nil {
		m.tally.add(parsed.Time, fields)
	}
	h := &decl.Hit{
		File: e.job.path, Line: e.line, Offset: e.off, Length: e.length,
		Time: parsed.Time, TimeAmbiguous: parsed.Ambiguous, Fields: fields,
	}
	if !m.keep.admits(h) {
		return nil
	}
	h.Text = string(e.text)
	return h
}

// after gives a hit the lines from next on, and keeps it when it has all.
func (p *pass) after(m *matcher, h *decl.Hit, b *block, next int) {
	need := m.scan.Context - len(h.After)
	if b != nil {
		for ; need > 0 && next < b.count(); next++ {
			h.After = append(h.After, contextText(b, next))
			need--
		}
	}
	if need > 0 {
		p.pending = append(p.pending, waiting{m, h, need})
		return
	}
	m.keep.add(h)
}

// feed gives the waiting hits the lines of the block.
func (p *pass) feed(b *block) {
	hits := p.pending
	p.pending = nil
	for _, w := range hits {
		p.after(w.m, w.hit, b, 0)
	}
}

// linesBefore are at most n lines before line i of the block.
func (p *pass) linesBefore(b *block, i, n int) []string {
	var out []string
	for k := i - n; k < i; k++ {
		switch {
		case k >= 0:
			out = append(out, contextText(b, k))
		case len(p.before)+k >= 0:
			out = append(out, p.before[len(p.before)+k])
		}
	}
	return out
}

// remember keeps the last lines of the block for the next one.
func (p *pass) remember(b *block) {
	if p.context > 0 {
		p.before = p.linesBefore(b, b.count(), p.context)
	}
}

func contextText(b *block, i int) string { return string(cutBytes(b.text(i), decl.MaxContextLine)) }
