package scan

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// What is looked at of a log to describe it.
const (
	sampleEnds   = 1000    // lines at either end
	sampleMiddle = 1000    // offsets between
	tailBytes    = 1 << 20 // kept for the lines at the end, but at least decl.TimeProbeLines of them
	minGap       = 30 * time.Minute
	maxGaps      = 20 // the longest
)

// probe is what Summary has of a file: its oldest and newest line, and how much of
// it the format reads.
type probe struct {
	oldest, newest *time.Time
	decl.Legibility
}

// sampler reads the times of a sample of a file's lines: those at both ends and
// one at each of the offsets k*size/1001 of the size that the manifest gives.
type sampler struct {
	formats []*format
	readers []*lineReader // by format
	clock   decl.Clock
	size    int64
	next    int64             // number of the next offset, from 1
	times   map[*format]marks // of the lines sampled
	blank   []int64           // indexes of the lines sampled that are empty
	middle  []int64           // indexes of the lines sampled in the middle
	end     tailLines
}

// mark is the time of one line.
type mark struct {
	line      int64 // index in the file
	t         time.Time
	ambiguous bool
}

// marks are in order of lines.
type marks []mark

func (s *sampler) reset(size int64, formats []*format, clock decl.Clock, pool *blockPool) {
	s.formats, s.clock, s.size, s.next = formats, clock, size, 1
	s.readers = s.readers[:0]
	for _, f := range formats {
		s.readers = append(s.readers, newLineReader(f))
	}
	s.times, s.middle, s.blank = map[*format]marks{}, s.middle[:0], s.blank[:0]
	s.end.reset(pool)
}

// block takes one block. Lines at the end of the file are not known to be there
// yet: blocks are kept as long as they may have some.
func (s *sampler) block(b *block) {
	for i := 0; i < b.count() && b.first+int64(i) < sampleEnds; i++ {
		s.read(b.first+int64(i), b.text(i))
	}
	s.blockMiddle(b)
	s.end.add(b)
}

func (s *sampler) blockMiddle(b *block) {
	from := max(sampleEnds-b.first, 0)
	for i := int(min(from, int64(b.count()))); s.next <= sampleMiddle; i++ {
		at := s.offset()
		i += sort.Search(b.count()-min(i, b.count()), func(k int) bool { return b.off(i+k) >= at })
		if i >= b.count() {
			return
		}
		line := b.first + int64(i)
		s.middle = append(s.middle, line)
		s.read(line, b.text(i))
		for s.next <= sampleMiddle && s.offset() <= b.off(i) {
			s.next++
		}
	}
}

func (s *sampler) offset() int64 {
	const parts = sampleMiddle + 1
	return s.size/parts*s.next + s.size%parts*s.next/parts
}

func (s *sampler) read(line int64, text []byte) {
	if len(text) == 0 {
		s.blank = append(s.blank, line)
	}
	for i, f := range s.formats {
		if t, ambiguous, ok := s.readers[i].time(text, s.clock); ok {
			s.times[f] = append(s.times[f], mark{line, t, ambiguous})
		}
	}
}

// result is called at the end of the file.
func (s *sampler) result(path string, bytes, lines int64) (map[*format]probe, report.Log) {
	defer s.end.drop(0)
	sampled := s.readEnd(lines)
	probes := map[*format]probe{}
	log := report.Log{File: path, Bytes: bytes, Lines: lines, Sampled: len(sampled)}
	for _, f := range s.formats {
		m := s.times[f]
		pr := m.probe(lines)
		if f.lf.HasTime() {
			pr.Legibility = s.judge(f, lines)
		}
		probes[f] = pr
		if len(m) > log.Parsed || log.Format == "" {
			log.Unknown, log.Unreadable = pr.Unknown, pr.Illegible()
		}
		if len(m) > log.Parsed {
			log.Parsed, log.Format = len(m), f.id
			log.First, log.Last = m.span()
			log.Gaps = m.gaps(sampled)
		}
	}
	return probes, log
}

// readEnd reads the lines at the end that were not read before, and lists the
// indexes of all lines sampled, in order.
func (s *sampler) readEnd(lines int64) []int64 {
	head := min(lines, sampleEnds)
	end := max(s.end.first(lines), head)
	keep, _ := slices.BinarySearch(s.middle, end)
	sampled := make([]int64, 0, head+int64(keep)+lines-end)
	for i := range head {
		sampled = append(sampled, i)
	}
	sampled = append(sampled, s.middle[:keep]...)
	for f, m := range s.times {
		n := sort.Search(len(m), func(i int) bool { return m[i].line >= end })
		s.times[f] = m[:n]
	}
	n, _ := slices.BinarySearch(s.blank, end)
	s.blank = s.blank[:n]
	for i := end; i < lines; i++ {
		s.read(i, s.end.text(i))
		sampled = append(sampled, i)
	}
	return sampled
}

// judge counts the lines at both ends that a format knows.
func (s *sampler) judge(f *format, lines int64) decl.Legibility {
	var kinds []decl.LineKind
	for i := int64(0); i < lines; i++ {
		if i == decl.TimeProbeLines {
			i = max(i, lines-decl.TimeProbeLines)
		}
		kinds = append(kinds, s.kind(f, i))
	}
	return decl.Judge(kinds, f.lf.Join)
}

func (s *sampler) kind(f *format, line int64) decl.LineKind {
	if _, empty := slices.BinarySearch(s.blank, line); empty {
		return decl.LineBlank
	}
	m := s.times[f]
	if i := sort.Search(len(m), func(i int) bool { return m[i].line >= line }); i < len(m) && m[i].line == line {
		return decl.LineParsed
	}
	return decl.LineUnknown
}

func (m marks) probe(lines int64) probe {
	var p probe
	if len(m) == 0 {
		return p
	}
	if first := m[0]; first.line < decl.TimeProbeLines {
		p.oldest = &first.t
	}
	if last := m[len(m)-1]; last.line >= lines-decl.TimeProbeLines {
		p.newest = &last.t
	}
	return p
}

// span is the earliest and the latest time.
func (m marks) span() (first, last *time.Time) {
	for _, k := range m {
		first, last = decl.Earlier(first, k.t), decl.Later(last, k.t)
	}
	return first, last
}

// gaps finds spans without lines. One is claimed only where nothing was left
// out: between two lines with unambiguous times, all lines between them
// sampled and without time, and no sampled line anywhere with a time in
// between, as there is after a clock was set back. Gaps among lines that were
// not sampled are not found.
func (m marks) gaps(sampled []int64) []report.Gap {
	var out []report.Gap
	var sorted marks // by time, when a span has to be looked at
	for i := 1; i < len(m); i++ {
		a, b := m[i-1], m[i]
		if a.ambiguous || b.ambiguous || b.t.Sub(a.t) < minGap || !adjacent(sampled, a.line, b.line) {
			continue
		}
		if sorted == nil {
			sorted = slices.Clone(m)
			slices.SortFunc(sorted, func(a, b mark) int { return a.t.Compare(b.t) })
		}
		n := sort.Search(len(sorted), func(i int) bool { return sorted[i].t.After(a.t) })
		if sorted[n].t.Before(b.t) {
			continue
		}
		out = append(out, report.Gap{From: a.t, To: b.t})
	}
	slices.SortStableFunc(out, func(a, b report.Gap) int { return cmp.Compare(b.To.Sub(b.From), a.To.Sub(a.From)) })
	out = out[:min(len(out), maxGaps)]
	slices.SortFunc(out, func(a, b report.Gap) int { return a.From.Compare(b.From) })
	return out
}

// adjacent reports whether every line from a to b was sampled.
func adjacent(sampled []int64, a, b int64) bool {
	i, _ := slices.BinarySearch(sampled, a)
	j, _ := slices.BinarySearch(sampled, b)
	return int64(j-i) == b-a
}

// tailLines are the last lines of what was read so far, in the blocks that have
// them.
type tailLines struct {
	pool   *blockPool
	blocks []*block
}

func (t *tailLines) reset(pool *blockPool) { t.pool, t.blocks = pool, t.blocks[:0] }

// add keeps a block, and lets go of those whose lines cannot be at the end.
func (t *tailLines) add(b *block) {
	b.retain()
	t.blocks = append(t.blocks, b)
	n, lines, size := len(t.blocks), 0, 0
	for n > 0 && !enough(lines, size) {
		n--
		lines, size = lines+t.blocks[n].count(), size+len(t.blocks[n].buf)
	}
	t.drop(len(t.blocks) - n)
}

// enough reports whether so many lines and bytes are all that the end of a file
// can be.
func enough(lines, size int) bool {
	return lines >= sampleEnds || lines >= decl.TimeProbeLines && size > tailBytes+2*sampleEnds // line ends do not count
}

// drop lets go of all blocks but the last n.
func (t *tailLines) drop(n int) {
	gone := len(t.blocks) - n
	for _, b := range t.blocks[:gone] {
		t.pool.release(b)
	}
	t.blocks = append(t.blocks[:0], t.blocks[gone:]...)
}

// first is the index of the first line of the end of a file of so many lines:
// the last sampleEnds, less when they have more than tailBytes, but at least
// decl.TimeProbeLines.
func (t *tailLines) first(lines int64) int64 {
	n, size := int64(0), 0
	for k := len(t.blocks) - 1; k >= 0; k-- {
		for i := t.blocks[k].count() - 1; i >= 0; i-- {
			if size += len(t.blocks[k].text(i)); n >= sampleEnds || n >= decl.TimeProbeLines && size > tailBytes {
				return lines - n
			}
			n++
		}
	}
	return lines - n
}

// text of a line that is there.
func (t *tailLines) text(line int64) []byte {
	k := len(t.blocks) - 1
	for t.blocks[k].first > line {
		k--
	}
	return t.blocks[k].text(int(line - t.blocks[k].first))
}
