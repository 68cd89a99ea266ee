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

// probe is the oldest and newest line of a file as Summary has it.
type probe struct{ oldest, newest *time.Time }

// sampler reads the times of a sample of a file's lines: those at both ends and
// one at each of the offsets k*size/1001 of the size that the manifest gives.
type sampler struct {
	formats []*format
	clock   decl.Clock
	size    int64
	next    int64             // number of the next offset, from 1
	times   map[*format]marks // of the lines sampled
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

func (s *sampler) reset(size int64, formats []*format, clock decl.Clock) {
	s.formats, s.clock, s.size, s.next = formats, clock, size, 1
	s.times, s.middle = map[*format]marks{}, s.middle[:0]
	s.end.reset()
}

// block takes one block. Lines at the end of the file are not known to be there
// yet: they are kept until the next block comes.
func (s *sampler) block(b *block) {
	for i := 0; i < len(b.lines) && b.first+int64(i) < sampleEnds; i++ {
		s.read(b.first+int64(i), b.text(i))
	}
	s.blockMiddle(b)
	s.end.add(b)
}

func (s *sampler) blockMiddle(b *block) {
	from := max(sampleEnds-b.first, 0)
	for i := int(min(from, int64(len(b.lines)))); s.next <= sampleMiddle; i++ {
		at := s.offset()
		i += sort.Search(len(b.lines)-min(i, len(b.lines)), func(k int) bool { return b.lines[i+k].off >= at })
		if i >= len(b.lines) {
			return
		}
		line := b.first + int64(i)
		s.middle = append(s.middle, line)
		s.read(line, b.text(i))
		for s.next <= sampleMiddle && s.offset() <= b.lines[i].off {
			s.next++
		}
	}
}

func (s *sampler) offset() int64 {
	const parts = sampleMiddle + 1
	return s.size/parts*s.next + s.size%parts*s.next/parts
}

func (s *sampler) read(line int64, text []byte) {
	for _, f := range s.formats {
		if t, ambiguous, ok := f.lf.Time(string(text), s.clock); ok {
			s.times[f] = append(s.times[f], mark{line, t, ambiguous})
		}
	}
}

// result is called at the end of the file.
func (s *sampler) result(path string, bytes, lines int64) (map[*format]probe, report.Log) {
	sampled := s.readEnd(lines)
	probes := map[*format]probe{}
	log := report.Log{File: path, Bytes: bytes, Lines: lines, Sampled: len(sampled)}
	for _, f := range s.formats {
		m := s.times[f]
		probes[f] = m.probe(lines)
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
	end := max(s.end.first, lines-sampleEnds, head)
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
	for i := end; i < lines; i++ {
		s.read(i, s.end.text(i))
		sampled = append(sampled, i)
	}
	return sampled
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
	sorted := slices.SortedFunc(slices.Values(m), func(a, b mark) int { return a.t.Compare(b.t) })
	for i := 1; i < len(m); i++ {
		a, b := m[i-1], m[i]
		if a.ambiguous || b.ambiguous || b.t.Sub(a.t) < minGap || !adjacent(sampled, a.line, b.line) {
			continue
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

// tailLines are the last lines of what was read so far.
type tailLines struct {
	first int64 // index of the first one kept
	buf   []byte
	ends  []int // of the lines in buf
}

func (t *tailLines) reset() { t.first, t.buf, t.ends = 0, t.buf[:0], t.ends[:0] }

func (t *tailLines) text(line int64) []byte {
	i := int(line - t.first)
	start := 0
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.buf[start:t.ends[i]]
}

func (t *tailLines) add(b *block) {
	from := max(len(b.lines)-sampleEnds, 0)
	if from > 0 || len(b.lines) == sampleEnds {
		t.reset()
	}
	if len(t.ends) == 0 {
		t.first = b.first + int64(from)
	}
	for i := from; i < len(b.lines); i++ {
		t.buf = append(t.buf, b.text(i)...)
		t.ends = append(t.ends, len(t.buf))
	}
	if len(t.buf) > 4*tailBytes || len(t.ends) > 4*sampleEnds {
		t.drop(t.surplus())
	}
}

// surplus is how many lines at the front are not needed.
func (t *tailLines) surplus() int {
	n := max(len(t.ends)-sampleEnds, 0)
	for n < len(t.ends)-decl.TimeProbeLines && len(t.buf)-t.start(n) > tailBytes {
		n++
	}
	return n
}

func (t *tailLines) start(i int) int {
	if i == 0 {
		return 0
	}
	return t.ends[i-1]
}

func (t *tailLines) drop(n int) {
	if n == 0 {
		return
	}
	cutAt := t.start(n)
	t.buf = append(t.buf[:0], t.buf[cutAt:]...)
	kept := t.ends[n:]
	for i, end := range kept {
		t.ends[i] = end - cutAt
	}
	t.ends = t.ends[:len(kept)]
	t.first += int64(n)
}
