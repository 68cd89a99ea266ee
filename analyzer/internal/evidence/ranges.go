package evidence

import (
	"bytes"
	"io"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
)

// chunk is how much of a file is in memory at a time. It is even, so that a
// UTF-16 character is never cut.
const chunk = 64 << 10

// rawExcerpt is how many stored bytes give an excerpt: all there are of
// MaxExcerpt bytes of UTF-8 in any of the encodings.
const rawExcerpt = 2 * MaxExcerpt

// span is a range claim while its file is read.
type span struct {
	*claim
	end int64
	raw []byte
}

// ranges verifies claims of the form offset and length in one pass over the
// file, which ends with the last claim. Between claims it skips what it can.
func (v *Verifier) ranges(name string, claims []*claim) {
	var todo []*span
	for _, c := range sorted(claims, byOffset) {
		if *c.Offset >= 0 && c.Length > 0 && *c.Offset <= 1<<62 && c.Length <= 1<<62 {
			todo = append(todo, &span{claim: c, end: *c.Offset + c.Length})
		}
	}
	if len(todo) == 0 {
		return
	}
	f, err := v.bundle.FS.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	row, _ := v.bundle.File(name)
	p := &pass{declared: row.Encoding, line: max(row.FirstLine, 1), todo: todo, marks: v.marks[name]}
	p.read(f)
}

// pass walks through a file and keeps count of its lines.
type pass struct {
	declared string
	enc      encoding
	pos      int64 // of the next byte
	line     int64 // at pos
	todo     []*span
	active   []*span // begun and not ended
	marks    []logscan.Mark
}

func (p *pass) read(r io.Reader) {
	buf := make([]byte, chunk)
	for len(p.todo)+len(p.active) > 0 {
		if err := p.skip(r); err != nil {
			return
		}
		n, err := io.ReadFull(r, buf)
		if p.pos == 0 {
			p.enc = detect(buf[:n], p.declared)
		}
		p.take(buf[:n])
		if err != nil {
			return
		}
	}
}

// skip goes on at the last mark before the next span, if no other is open. The
// beginning is always read: it tells the encoding.
func (p *pass) skip(r io.Reader) error {
	f, ok := r.(bundles.RestartFile)
	if !ok || p.pos == 0 || len(p.active) > 0 {
		return nil
	}
	next := *p.todo[0].Offset
	i := sort.Search(len(p.marks), func(i int) bool { return p.marks[i].Offset > next }) - 1
	if i < 0 || p.marks[i].Offset <= p.pos {
		return nil
	}
	m := p.marks[i]
	if err := f.SkipTo(m.Offset); err != nil {
		return err
	}
	p.pos, p.line = m.Offset, m.Line
	return nil
}

// take goes on by some bytes.
func (p *pass) take(data []byte) {
	from, cur, end := p.pos, p.pos, p.pos+int64(len(data))
	for len(p.todo) > 0 && *p.todo[0].Offset < end {
		s := p.todo[0]
		p.todo = p.todo[1:]
		if p.enc.width() == 2 && *s.Offset%2 != 0 {
			continue // between two halves of a character
		}
		p.line += p.enc.newlines(data[cur-from : *s.Offset-from])
		cur = *s.Offset
		s.Line = p.line
		p.active = append(p.active, s)
	}
	p.line += p.enc.newlines(data[cur-from:])
	open := p.active[:0]
	for _, s := range p.active {
		if !p.feed(s, data, from) {
			open = append(open, s)
		}
	}
	p.active, p.pos = open, end
}

// feed gives a span its share of the bytes; done when it has reached its end.
func (p *pass) feed(s *span, data []byte, from int64) (done bool) {
	lo := max(*s.Offset, from) - from
	hi := min(s.end-from, int64(len(data)))
	if room := int64(rawExcerpt - len(s.raw)); room > 0 && lo < hi {
		s.raw = append(s.raw, data[lo:min(hi, lo+room)]...)
	}
	if s.end > from+int64(len(data)) {
		return false
	}
	s.holds, s.Value = true, nil
	s.Excerpt = shorten(p.enc.decode(s.raw))
	return true
}

// encoding of a stored text.
type encoding int

const (
	encUTF8 encoding = iota
	encUTF16LE
	encUTF16BE
)

// detect believes a byte order mark before the manifest, as scans do.
func detect(start []byte, declared string) encoding {
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return encUTF16LE
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return encUTF16BE
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		return encUTF8
	case strings.EqualFold(declared, "utf-16le"):
		return encUTF16LE
	case strings.EqualFold(declared, "utf-16be"):
		return encUTF16BE
	}
	return encUTF8
}

// width is the number of bytes of a line feed.
func (e encoding) width() int {
	if e == encUTF8 {
		return 1
	}
	return 2
}

// newlines counts line feeds in a piece that begins at a whole character.
func (e encoding) newlines(data []byte) int64 {
	if e == encUTF8 {
		return int64(bytes.Count(data, []byte{'\n'}))
	}
	var n int64
	for i := 0; i+1 < len(data); i += 2 {
		if e.unit(data[i], data[i+1]) == '\n' {
			n++
		}
	}
	return n
}

func (e encoding) unit(a, b byte) uint16 {
	if e == encUTF16BE {
		a, b = b, a
	}
	return uint16(a) | uint16(b)<<8
}

func (e encoding) decode(raw []byte) string {
	if e == encUTF8 {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, e.unit(raw[i], raw[i+1]))
	}
	return string(utf16.Decode(units))
}

// shorten gives the first MaxExcerpt bytes of a text, between characters, with
// line ends as they are written here.
func shorten(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if len(s) <= MaxExcerpt {
		return s
	}
	n := MaxExcerpt
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
