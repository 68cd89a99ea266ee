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
	f := &flow{pool: &w.pool, search: j.search, sum: w.hash(), starts: pass.started(), read: func(n int) {
		r.bytes += int64(n)
		if w.opts.Progress != nil {
			w.opts.Progress(n)
		}
	}}
	f.try = func(b *block) { pass.confirm.block(b, j.path, pass.clock) }
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

// pass takes the blocks of one text in order. It gives the hits that were found
// in them what is not in their block, and tries the entries that cross blocks.
type pass struct {
	job     *job
	clock   decl.Clock
	line    int64 // the number of the first line of the file
	confirm *confirmer
	open    []*openEntry // by format that joins lines; nil: no entry has started yet
	context int          // most lines before that a scan wants
	before  []string     // the last lines before the block, at most context
	pending []waiting    // hits that want lines of the next block
}

// waiting is a hit that lacks lines after it.
type waiting struct {
	m    *matcher
	hit  *decl.Hit
	need int
}

// entry is what patterns are tried on. Text is valid until the next block.
type entry struct {
	path         string
	clock        decl.Clock
	off, length  int64
	text, header []byte // header is the text of the first line
}

func newPass(f *finder, j *job, clock decl.Clock) *pass {
	p := &pass{job: j, clock: clock, line: max(j.file.FirstLine, 1), confirm: newConfirmer(f, j.matchers)}
	p.open = make([]*openEntry, len(p.confirm.formats))
	for _, m := range j.matchers {
		p.context = max(p.context, m.scan.Context)
	}
	return p
}

// started is which formats have an entry that goes on.
func (p *pass) started() *openings {
	started := make([]bool, len(p.open))
	for i, o := range p.open {
		started[i] = o != nil
	}
	out := newOpenings()
	out.tell(started)
	return out
}

func (p *pass) block(b *block) {
	p.feed(b)
	for i := range p.open {
		p.join(i, b)
	}
	for i := range b.found {
		f := &b.found[i]
		h := f.hit // its own, for those that wait
		h.Line = p.line + b.first + int64(f.first)
		h.Before = p.linesBefore(b, int(f.first), f.m.scan.Context)
		p.after(f.m, &h, b, int(f.last)+1)
	}
	clear(b.found)
	p.remember(b)
}

// enter goes on with the next file of the text.
func (p *pass) enter(j *job, clock decl.Clock) {
	p.job, p.clock, p.line = j, clock, max(j.file.FirstLine, 1)
	for _, o := range p.open {
		if o != nil {
			o.sealed = true
		}
	}
}

// finish takes what the end of the text completes.
func (p *pass) finish() {
	for i := range p.open {
		p.close(i, nil, 0)
	}
	for _, w := range p.pending {
		w.m.keep.add(w.hit)
	}
	p.pending = nil
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
