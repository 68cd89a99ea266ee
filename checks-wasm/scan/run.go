//go:build !wasip1

package scan

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Run is the reference matcher: it runs every scan over the files of its input.
// It holds one whole file in memory at a time and takes no care to be fast. A
// file that cannot be read to its end is named in Summary.Unread; the error is
// that of Validate.
func Run(formats []Format, scans []Scan, env Env) (map[string]Result, error) {
	if err := Validate(formats, scans, nil); err != nil {
		return nil, err
	}
	byID, err := compileFormats(formats)
	if err != nil {
		return nil, err
	}
	zone := NewZone(env.UTCOffsets)
	out := make(map[string]Result, len(scans))
	for _, s := range scans {
		m, err := newMatcher(s, byID[s.Format], zone)
		if err != nil {
			return nil, err
		}
		for _, parts := range chains(env.Inputs[s.Input]) {
			m.text(parts)
		}
		out[s.ID] = m.result()
	}
	return out, nil
}

// matcher runs one scan.
type matcher struct {
	scan   Scan
	format *LineFormat // nil: lines as they are
	zone   *Zone
	any    []*regexp.Regexp
	sum    Summary
	hits   []Hit // all of them, in no order
}

func newMatcher(s Scan, f *LineFormat, zone *Zone) (*matcher, error) {
	m := &matcher{scan: s, format: f, zone: zone, sum: Summary{Summary: true}}
	for _, p := range s.Any {
		expr := p.Regexp
		if p.Literal != "" {
			expr = regexp.QuoteMeta(p.Literal)
		}
		if s.IgnoreCase {
			expr = "(?i)" + expr
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, err
		}
		m.any = append(m.any, re)
	}
	return m, nil
}

// chains puts together the files that are one text.
func chains(files []File) [][]File {
	var out [][]File
	at := map[string]int{} // text by the path of its last file
	for _, f := range files {
		if f.After == "" || !slices.ContainsFunc(files, func(o File) bool { return o.Path == f.After && o.After == "" }) {
			at[f.Path] = len(out)
			out = append(out, []File{f})
		}
	}
	for _, f := range files {
		if i, ok := at[f.After]; ok && f.After != "" && out[i][0].Path != f.Path {
			out[i] = append(out[i], f)
		}
	}
	return out
}

// text searches the files of one text. Behind a file that cannot be read to its
// end a new text begins.
func (m *matcher) text(files []File) {
	var parts []File
	var lines []line
	for _, f := range files {
		more, whole := m.lines(f)
		for i := range more {
			more[i].part, more[i].number = len(parts), max(f.FirstLine, 1)+int64(i)
		}
		parts, lines = append(parts, f), append(lines, more...)
		if !whole {
			m.search(parts, lines)
			parts, lines = nil, nil
		}
	}
	m.search(parts, lines)
}

// lines reads the lines of one file, and says whether that is all of them.
func (m *matcher) lines(f File) (lines []line, whole bool) {
	data, opened, err := readFile(f)
	if err != nil {
		m.sum.Unread = append(m.sum.Unread, f.Path)
	}
	if !opened {
		return nil, false
	}
	lines = splitLines(data, f.Encoding)
	m.sum.Files++
	m.sum.Bytes += int64(len(data))
	m.sum.Lines += int64(len(lines))
	if m.probe(lines, Clock{Zone: m.zone, MTime: f.MTime}) {
		m.sum.Illegible = append(m.sum.Illegible, f.Path)
	}
	return lines, err == nil
}

func (m *matcher) search(parts []File, lines []line) {
	for _, e := range m.entries(lines) {
		first := lines[e.first]
		f := parts[first.part]
		if h, ok := m.match(e.text(lines), cut(first.text, MaxLine), Clock{Zone: m.zone, MTime: f.MTime}); ok {
			m.place(&h, f, lines, e)
			m.hits = append(m.hits, h)
		}
	}
}

// readFile reads what can be read.
func readFile(f File) (data []byte, opened bool, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	data, err = io.ReadAll(r)
	return data, true, err
}

// span is an entry: its first and last line.
type span struct{ first, last int }

// text of an entry.
func (s span) text(lines []line) string {
	parts := make([]string, 0, 1)
	for _, l := range lines[s.first : s.last+1] {
		parts = append(parts, l.text)
	}
	return cut(strings.Join(parts, "\n"), MaxLine)
}

// entries cuts a file into entries.
func (m *matcher) entries(lines []line) []span {
	var out []span
	open := false // whether lines may join the last entry
	for i, l := range lines {
		switch {
		case m.format == nil || !m.format.Join:
			out = append(out, span{i, i})
		case m.format.Match([]byte(cut(l.text, MaxLine))):
			out = append(out, span{i, i})
			open = true
		case !open:
			out = append(out, span{i, i})
		case l.text != "":
			out[len(out)-1].last = i
		}
	}
	return out
}

// match tries an entry. What it returns lacks the place.
func (m *matcher) match(text, first string, clock Clock) (Hit, bool) {
	var groups []group
	var loc []int
	for _, re := range m.any {
		if loc = re.FindStringSubmatchIndex(text); loc != nil {
			groups = namedGroups(re)
			break
		}
	}
	if loc == nil {
		return Hit{}, false
	}
	var e Entry
	if m.format != nil {
		e, _ = m.format.Parse(first, clock)
	}
	h := Hit{Text: text, Time: e.Time, TimeAmbiguous: e.Ambiguous}
	h.Fields = groupValues(e.Fields, groups, text, loc)
	return h, m.scan.Allows(h.Fields)
}

// Allows reports whether Where holds for the fields of a hit.
func (s *Scan) Allows(fields map[string]string) bool {
	for name, values := range s.Where {
		have, ok := fields[name]
		if !ok || !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, have) }) {
			return false
		}
	}
	return true
}

// place fills in where the hit is.
func (m *matcher) place(h *Hit, f File, lines []line, e span) {
	first, last := lines[e.first], lines[e.last]
	for k := e.last; k > e.first && (last.part != first.part || last.text == ""); k-- { // a range is of one file
		last = lines[k-1]
	}
	h.File = f.Path
	h.Line = first.number
	h.Offset = first.offset
	h.Length = last.offset + last.length - first.offset
	n := m.scan.Context
	h.Before = contextLines(lines[max(e.first-n, 0):e.first])
	h.After = contextLines(lines[e.last+1 : min(e.last+1+n, len(lines))])
}

func contextLines(lines []line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, cut(l.text, MaxContextLine))
	}
	return out
}

// probe finds the oldest and the newest line, and reports whether the format
// reads too little of the lines at both ends.
func (m *matcher) probe(lines []line, clock Clock) (illegible bool) {
	if m.format == nil || !m.format.HasTime() {
		return false
	}
	head := lines[:min(TimeProbeLines, len(lines))]
	tail := lines[max(len(lines)-TimeProbeLines, 0):]
	for _, l := range head {
		if t, ok := m.timeOf(l, clock); ok {
			m.sum.OldestLine = Earlier(m.sum.OldestLine, t)
			break
		}
	}
	for _, l := range slices.Backward(tail) {
		if t, ok := m.timeOf(l, clock); ok {
			m.sum.NewestLine = Later(m.sum.NewestLine, t)
			break
		}
	}
	var kinds []LineKind
	for i, l := range lines {
		if i < TimeProbeLines || i >= len(lines)-TimeProbeLines {
			kinds = append(kinds, m.kind(l, clock))
		}
	}
	return Judge(kinds, m.format.Join).Illegible()
}

func (m *matcher) kind(l line, clock Clock) LineKind {
	if l.text == "" {
		return LineBlank
	}
	if _, ok := m.timeOf(l, clock); ok {
		return LineParsed
	}
	return LineUnknown
}

func (m *matcher) timeOf(l line, clock Clock) (time.Time, bool) {
	t, _, ok := m.format.Time(cut(l.text, MaxLine), clock)
	return t, ok
}

// Earlier is the earlier of two times; nil is none.
func Earlier(a *time.Time, b time.Time) *time.Time {
	if a == nil || b.Before(*a) {
		return &b
	}
	return a
}

// Later is the later of two times; nil is none.
func Later(a *time.Time, b time.Time) *time.Time {
	if a == nil || b.After(*a) {
		return &b
	}
	return a
}

// result orders the hits, sums them up and drops the oldest.
func (m *matcher) result() Result {
	slices.SortStableFunc(m.hits, func(a, b Hit) int { return a.Compare(&b) })
	r := Result{Summary: m.sum}
	for _, h := range m.hits {
		if h.Time != nil {
			r.Summary.First = Earlier(r.Summary.First, *h.Time)
			r.Summary.Last = Later(r.Summary.Last, *h.Time)
		}
	}
	if m.scan.Tally != nil {
		r.Tally = tally(*m.scan.Tally, m.hits)
	}
	r.Hits = newest(m.hits, m.scan.Keep())
	r.Summary.Count = int64(len(m.hits))
	r.Summary.Kept = len(r.Hits)
	return r
}

// Keep is the most hits that the scan keeps.
func (s *Scan) Keep() int {
	if s.MaxHits > 0 {
		return s.MaxHits
	}
	return DefaultMaxHits
}

// newest keeps the end of ordered hits: at most limit, and MaxHitBytes.
func newest(hits []Hit, limit int) []Hit {
	size := 0
	from := len(hits)
	for from > 0 && len(hits)-from < limit {
		size += hits[from-1].Size()
		if size > MaxHitBytes && from < len(hits) {
			break
		}
		from--
	}
	return hits[from:]
}
