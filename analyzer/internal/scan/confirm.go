package scan

import (
	"slices"
	"sync"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// found is a hit in a block. It lacks its line's number and the lines around it,
// of which only the pass knows.
type found struct {
	m           *matcher
	hit         decl.Hit
	first, last int32 // lines of the block
}

// bounds are the first and the last line of a block that start an entry of a
// format that joins lines; first is the number of lines when there is none.
type bounds struct{ first, last int }

// openings tells by format that joins lines whether an entry has started before
// some place of a text. It holds once known is closed.
type openings struct {
	known   chan struct{}
	started []bool
}

func newOpenings() *openings { return &openings{known: make(chan struct{})} }

// tell makes it known.
func (o *openings) tell(started []bool) {
	o.started = started
	close(o.known)
}

// confirmer tries the patterns on the entries that lie within one block. What it
// counts and tallies does not depend on the order, so blocks are taken by several
// cores at the same time.
type confirmer struct {
	groups  [][]*matcher // with a format that joins lines, by format
	formats []*format    // of groups
	plain   []*matcher   // each line is an entry
	finder  *finder
	trials  sync.Pool
}

// trial is what one core needs to try patterns.
type trial struct {
	c       *confirmer
	lines   lineLists
	text    text
	stats   stats // of the matcher that is tried
	readers map[*format]*lineReader
	heads   []heads // by group
	path    string
	clock   decl.Clock
}

func newConfirmer(f *finder, matchers []*matcher) *confirmer {
	c := &confirmer{finder: f}
	for _, m := range matchers {
		if m.format == nil || !m.format.lf.Join {
			c.plain = append(c.plain, m)
			continue
		}
		k := slices.Index(c.formats, m.format)
		if k < 0 {
			k = len(c.formats)
			c.formats, c.groups = append(c.formats, m.format), append(c.groups, nil)
		}
		c.groups[k] = append(c.groups[k], m)
	}
	return c
}

func (c *confirmer) trial(path string, clock decl.Clock) *trial {
	t, ok := c.trials.Get().(*trial)
	if !ok {
		t = &trial{c: c, readers: map[*format]*lineReader{}, heads: make([]heads, len(c.formats))}
	}
	t.path, t.clock = path, clock
	return t
}

// block tries all entries that begin and end in the block, and those that begin
// in lines before the first entry of the text.
func (c *confirmer) block(b *block, path string, clock decl.Clock) {
	t := c.trial(path, clock)
	defer c.trials.Put(t)
	b.found, b.bounds = b.found[:0], b.bounds[:0]
	for i, f := range c.formats {
		b.bounds = append(b.bounds, t.bounds(i, f, b))
	}
	before := b.openings(len(c.formats))
	for _, m := range c.plain {
		t.standalone(m, b, 0, b.count())
	}
	for i, group := range c.groups {
		for _, m := range group {
			if !before[i] {
				t.standalone(m, b, 0, b.bounds[i].first)
			}
			t.entries(m, b, &t.heads[i], b.bounds[i])
		}
	}
}

// openings passes on what has started before the block.
func (b *block) openings(groups int) []bool {
	<-b.before.known
	after := make([]bool, groups)
	for i := range after {
		after[i] = b.before.started[i] || b.bounds[i].first < b.count()
	}
	b.after.tell(after)
	return b.before.started
}

func (t *trial) bounds(i int, f *format, b *block) bounds {
	h := &t.heads[i]
	h.reset(t.reader(f), b)
	n := b.count()
	first := h.next(0)
	if first == n {
		return bounds{first, first}
	}
	return bounds{first, h.prev(n - 1)}
}

func (t *trial) reader(f *format) *lineReader {
	r := t.readers[f]
	if r == nil {
		r = newLineReader(f)
		t.readers[f] = r
	}
	return r
}

// standalone tries the lines from lo to hi as entries of their own.
func (t *trial) standalone(m *matcher, b *block, lo, hi int) {
	from := len(b.found)
	for _, c := range t.lines.of(t.c.finder, m, b) {
		if i := int(c); i >= lo && i < hi {
			t.inBlock(m, b, i, i, from)
		}
	}
	t.done(m, b, from)
}

// entries tries the entries from the first line that starts one to the last.
func (t *trial) entries(m *matcher, b *block, h *heads, within bounds) {
	from, lo := len(b.found), within.first
	for _, c := range t.lines.of(t.c.finder, m, b) {
		i := int(c)
		if i < lo {
			continue
		}
		if i >= within.last {
			break
		}
		first := h.prev(i)
		lo = h.next(i + 1)
		last := lo - 1
		for last > first && b.empty(last) {
			last--
		}
		t.inBlock(m, b, first, last, from)
	}
	t.done(m, b, from)
}

// inBlock tries the entry of the lines from first to last.
func (t *trial) inBlock(m *matcher, b *block, first, last, from int) {
	e := entry{
		path: t.path, clock: t.clock, off: b.off(first), length: b.end(last) - b.off(first),
		text: b.joined(first, last), header: b.text(first),
	}
	h, ok := t.try(m, e)
	if !ok || !m.keep.admits(&h) {
		return
	}
	b.found = append(b.found, found{m, h, int32(first), int32(last)})
	if len(b.found)-from >= 2*m.keep.limit {
		b.dropOlder(m, from)
	}
}

// try matches an entry, counts it and adds it to the tally. The hit lacks its
// text, the number of its line and the lines around it.
func (t *trial) try(m *matcher, e entry) (decl.Hit, bool) {
	t.text.reset(e.text)
	alt, groups := m.match(&t.text)
	if alt == nil {
		return decl.Hit{}, false
	}
	var parsed decl.Entry
	if m.format != nil {
		parsed = t.reader(m.format).entry(e.header, e.clock)
	}
	fields := alt.addFields(parsed.Fields, e.text, groups)
	if !m.scan.Allows(fields) {
		return decl.Hit{}, false
	}
	t.stats.add(parsed.Time)
	if m.tally != nil {
		m.tally.add(parsed.Time, fields)
	}
	return decl.Hit{
		File: e.path, Offset: e.off, Length: e.length,
		Time: parsed.Time, TimeAmbiguous: parsed.Ambiguous, Fields: fields,
	}, true
}

// dropOlder keeps of the block's hits of a matcher, which begin at from, as many
// as the scan can keep, the newest.
func (b *block) dropOlder(m *matcher, from int) {
	list := b.found[from:]
	if len(list) <= m.keep.limit || m.keep.emit != nil {
		return
	}
	slices.SortFunc(list, func(a, b found) int { return placeOrder(&b.hit, &a.hit) })
	clear(list[m.keep.limit:])
	b.found = b.found[:from+m.keep.limit]
}

// done ends with a matcher: it adds what was counted, and gives the hits that can
// be kept, which begin at from, their text.
func (t *trial) done(m *matcher, b *block, from int) {
	m.merge(&t.stats)
	b.dropOlder(m, from)
	for i := from; i < len(b.found); i++ {
		f := &b.found[i]
		f.hit.Text = string(b.joined(int(f.first), int(f.last)))
	}
}
