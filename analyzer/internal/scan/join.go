package scan

import (
	"bytes"
	"slices"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// openEntry is an entry whose end is not known yet.
type openEntry struct {
	job            *job
	clock          decl.Clock
	sealed         bool // the lines that follow are in another file
	line, off, end int64
	text           []byte
	header         int  // length of the first line in text
	full           bool // text is cut
	blanks         int64
	before         []string
}

// join takes a block's part of the entries of one format that crosses blocks.
//
// Whether a line starts an entry is asked only around the lines in which a
// needle stands, and at the borders of blocks: the last entry of a block stays
// open until the next block shows its end.
func (p *pass) join(i int, b *block) {
	n, first, last := b.count(), b.bounds[i].first, b.bounds[i].last
	if p.open[i] != nil {
		p.open[i].extend(b, 0, first)
	}
	if first == n {
		return
	}
	p.close(i, b, first)
	p.open[i] = newOpenEntry(p, b, last)
	p.open[i].extend(b, last+1, n)
}

// close tries the open entry of a format; next is the line of b that follows it.
func (p *pass) close(i int, b *block, next int) {
	o := p.open[i]
	if o == nil {
		return
	}
	p.open[i] = nil
	e := entry{path: o.job.path, clock: o.clock, off: o.off, length: o.end - o.off, text: o.text, header: o.text[:o.header]}
	t := p.confirm.trial(o.job.path, o.clock)
	defer p.confirm.trials.Put(t)
	for _, m := range p.confirm.groups[i] {
		h, ok := t.try(m, e)
		m.merge(&t.stats)
		if !ok || !m.keep.admits(&h) {
			continue
		}
		n := m.scan.Context
		h.Line, h.Text, h.Before = o.line, string(o.text), tail(o.before, n)
		for i := int64(0); i < min(o.blanks, int64(n)); i++ {
			h.After = append(h.After, "")
		}
		p.after(m, &h, b, next)
	}
}

func tail(lines []string, n int) []string {
	if n == 0 {
		return nil
	}
	return lines[max(len(lines)-n, 0):]
}

func newOpenEntry(p *pass, b *block, i int) *openEntry {
	text := b.text(i)
	return &openEntry{
		job: p.job, clock: p.clock, line: p.line + b.first + int64(i), off: b.off(i), end: b.end(i),
		text: append([]byte(nil), text...), header: len(text), full: b.cut(i),
		before: p.linesBefore(b, i, p.context),
	}
}

// extend adds the lines from lo to hi. Empty ones wait for one that is not.
func (o *openEntry) extend(b *block, lo, hi int) {
	for i := lo; i < hi; i++ {
		if b.empty(i) {
			o.blanks++
			continue
		}
		if !o.sealed {
			o.end = b.end(i)
		}
		if !o.full {
			o.append(bytes.Repeat([]byte("\n"), int(min(o.blanks, decl.MaxLine))+1))
			o.append(b.text(i))
			o.full = o.full || b.cut(i)
		}
		o.blanks = 0
	}
}

// append adds to the text what fits.
func (o *openEntry) append(s []byte) {
	if o.full {
		return
	}
	fits := cutBytes(s, decl.MaxLine-len(o.text))
	o.full = len(fits) < len(s)
	o.text = append(o.text, fits...)
}

// heads remembers which lines of a block start an entry.
type heads struct {
	reader *lineReader
	b      *block
	known  []int8  // 0: not asked, 1: yes, -1: no
	up     []int32 // the last line before that starts an entry, plus two; 0: not asked, 1: none
}

func (h *heads) reset(r *lineReader, b *block) {
	h.reader, h.b = r, b
	if cap(h.known) < b.count() {
		h.known = make([]int8, b.count())
	}
	h.known = h.known[:b.count()]
	clear(h.known)
	h.up = h.up[:0]
}

func (h *heads) at(i int) bool {
	if h.known[i] == 0 {
		h.known[i] = -1
		if h.reader.match(h.b.text(i)) {
			h.known[i] = 1
		}
	}
	return h.known[i] > 0
}

// next is the first line from i on that starts an entry, or the number of lines.
func (h *heads) next(i int) int {
	for i < len(h.known) && !h.at(i) {
		i++
	}
	return i
}

// prev is the last line up to i that starts an entry; there is one.
func (h *heads) prev(i int) int {
	for !h.at(i) {
		i--
	}
	return i
}

// above is the last line before i that starts an entry, or -1. However often it
// is asked, it looks at each line once.
func (h *heads) above(i int) int {
	if n := len(h.known) + 1; len(h.up) < n {
		h.up = slices.Grow(h.up, n)[:n]
		clear(h.up)
	}
	k, found := i, int32(1)
	for ; k > 0; k-- {
		if h.up[k] != 0 {
			found = h.up[k]
			break
		}
		if h.at(k - 1) {
			found = int32(k-1) + 2
			break
		}
	}
	for ; k <= i; k++ {
		h.up[k] = found
	}
	return int(found) - 2
}
