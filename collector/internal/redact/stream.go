package redact

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

// Encoding of a text.
type Encoding string

// Encodings. Bytes8 is any 8-bit encoding that has ASCII in its lower half.
const (
	Bytes8  Encoding = ""
	UTF16LE Encoding = "utf-16le"
	UTF16BE Encoding = "utf-16be"
)

const (
	bufferSize = 256 << 10 // bytes of text that are looked at together
	holdBack   = 16 << 10  // end of a piece of a long line that waits for more
	pemLines   = 400       // a private key has fewer lines
)

// StreamOptions of a Writer.
type StreamOptions struct {
	Encoding Encoding
	// Cut says that the text before the first byte was not read. Then lines of
	// base64 at the begin may be the rest of a private key.
	Cut bool
	// After is where the text before the first byte left off, for a text that
	// is redacted in two parts.
	After State
}

// State is what a Writer knows of a text behind its last byte. The zero value
// is that of a text that begins.
type State struct {
	thread
	mid, swallow bool
}

// Writer redacts what is written to it and passes it on. It holds back the
// line that is not complete; Close passes on the rest and does not close the
// writer below. It is not safe for concurrent use.
type Writer struct {
	r       *Redactor
	w       io.Writer
	enc     Encoding
	buf     []byte
	view    []byte // of UTF-16: one byte a code unit
	counts  Counts
	thread          // what goes on in the next line
	mid     bool    // buf starts inside of a line
	swallow bool    // drop until the line ends
	named   bool    // the line before buf has the name for the value of the next one
	depth   int     // how many encodings were undone to get at the text
	hits    []int32 // where in the view trigger words end
	strange []int32 // where in the view 8-bit text stands in UTF-16
	invalid bool    // not UTF-8
	tail    []byte
	names   *search // nil: no identities are looked for
	changed [pseudonym.Domain + 1]int
	scratch []byte
	out     []byte // what was not passed on yet
	closed  bool
	err     error
}

// NewWriter returns a Writer that passes redacted text on to w.
func (r *Redactor) NewWriter(w io.Writer, o StreamOptions) *Writer {
	s := &Writer{r: r, w: w, enc: o.Encoding, buf: make([]byte, 0, bufferSize), counts: Counts{}, names: r.newSearch("")}
	s.thread, s.mid, s.swallow = o.After.thread, o.After.mid, o.After.swallow
	if o.Cut {
		s.pem, s.cut = pemLines, true
	}
	return s
}

// Counts is what was removed or made a pseudonym so far.
func (s *Writer) Counts() Counts {
	for c, n := range s.changed {
		if n > 0 {
			s.counts[pseudonym.Class(c).String()] += n
		}
	}
	s.changed = [len(s.changed)]int{}
	return s.counts
}

// ValidUTF8 reports whether the text, before redaction, was UTF-8 so far.
func (s *Writer) ValidUTF8() bool { return !s.invalid && (!s.closed || len(s.tail) == 0) }

// Write takes any piece of the text. Where pieces are cut changes nothing.
func (s *Writer) Write(p []byte) (int, error) {
	if s.closed {
		return 0, errors.New("write to a closed redactor")
	}
	if s.enc == Bytes8 {
		s.checkUTF8(p)
	}
	n := len(p)
	for len(p) > 0 && s.err == nil {
		k := min(len(p), bufferSize-len(s.buf))
		s.buf, p = append(s.buf, p[:k]...), p[k:]
		if len(s.buf) == bufferSize {
			s.process(false)
		}
	}
	return n - len(p), s.err
}

// checkUTF8 looks at the pieces together with the bytes that the one before
// left open.
func (s *Writer) checkUTF8(p []byte) {
	if s.invalid {
		return
	}
	for len(s.tail) > 0 && len(p) > 0 && !utf8.FullRune(s.tail) {
		s.tail, p = append(s.tail, p[0]), p[1:]
	}
	if len(s.tail) > 0 && utf8.FullRune(s.tail) {
		s.invalid = !utf8.Valid(s.tail)
		s.tail = s.tail[:0]
	}
	end := len(p)
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if c := p[len(p)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(p[len(p)-i:]) {
				end = len(p) - i
			}
			break
		}
	}
	s.invalid = s.invalid || !utf8.Valid(p[:end])
	s.tail = append(s.tail, p[end:]...)
}

// Close passes on what is left.
func (s *Writer) Close() error {
	if s.closed {
		return s.err
	}
	s.closed = true
	s.process(true)
	return s.err
}

// CloseAtLine passes on the complete lines that are left and drops the one that
// was cut off. It returns how many bytes of the text it dropped.
func (s *Writer) CloseAtLine() (dropped int, err error) {
	if s.closed {
		return 0, s.err
	}
	view := s.narrow(s.buf)
	end := (bytes.LastIndexByte(view, '\n') + 1) * s.unit()
	dropped = len(s.buf) - end
	s.buf = s.buf[:end]
	return dropped, s.Close()
}

// State is where the text left off. It is of use after the Writer was closed:
// what another one with this state makes of the rest is what this one would
// have made of it.
func (s *Writer) State() State {
	return State{thread: s.thread, mid: s.mid, swallow: s.swallow}
}

// process passes on the complete lines of the buffer, or at the end all of it.
func (s *Writer) process(last bool) {
	view := s.narrow(s.buf)
	end := len(view)
	if !last {
		end = bytes.LastIndexByte(view, '\n') + 1
		if begin := bytes.LastIndexByte(view[:max(0, end-1)], '\n') + 1; begin > 0 && mayBeValue(view[begin:end]) {
			end = begin // its name may be in the next line
		}
	}
	if end == 0 { // lines may end with CR alone
		end = bytes.LastIndexByte(view[:max(0, len(view)-1)], '\r') + 1
	}
	if end > 0 {
		s.lines(view[:end])
		s.named = s.hasName(view, end)
	}
	if last {
		s.emit(s.buf[end*s.unit():]) // an odd byte of UTF-16
		s.flush()
		s.buf = s.buf[:0]
		return
	}
	if end == 0 {
		end = s.piece(view)
	}
	s.flush()
	s.buf = append(s.buf[:0], s.buf[end*s.unit():]...)
}

// lines passes on whole lines; the last one may lack its end. Lines without a
// trigger word go through in one write.
func (s *Writer) lines(view []byte) {
	s.hits = s.r.words.likely(view, s.r.words.mark(view, s.hits[:0]))
	if s.strange = s.narrowText(len(view)); len(s.strange) > 0 {
		s.hits = append(s.hits, s.strange...)
		sort.Slice(s.hits, func(i, j int) bool { return s.hits[i] < s.hits[j] })
	}
	done, hits := 0, s.hits
	for i := 0; i < len(view); {
		for len(hits) > 0 && int(hits[0]) < i {
			hits = hits[1:]
		}
		next := s.suspect(view, i, hits)
		if next < 0 {
			break
		}
		start := max(bytes.LastIndexByte(view[:next], '\n')+1, i)
		end := len(view)
		if n := bytes.IndexByte(view[next:], '\n'); n >= 0 {
			end = next + n + 1
		}
		if first := bytes.LastIndexByte(view[:max(0, start-1)], '\n') + 1; first >= done && first < start && mayBeValue(view[first:start]) && s.namedNext(view, start) != nil {
			s.plain(view, done, first)
			s.line(view, first, start)
			done = start
		}
		s.plain(view, done, start)
		for start < end {
			stop := lineEnd(view[:end], start)
			s.line(view, start, stop)
			start = stop
		}
		i, done = end, end
	}
	s.plain(view, done, len(view))
	if len(view) > 0 && (view[len(view)-1] == '\n' || view[len(view)-1] == '\r') {
		s.mid, s.swallow = false, false
	}
}

// lineEnd is the place behind the line that begins at i: view has one end of a
// line, but lines may end with CR alone.
func lineEnd(view []byte, i int) int {
	n := bytes.IndexByte(view[i:], '\r')
	if n < 0 {
		return len(view)
	}
	j := run(view, i+n, func(c byte) bool { return c == '\r' })
	if j < len(view) && view[j] == '\n' {
		return j + 1
	}
	return i + n + 1
}

// suspect is a position in the first line at or after i that needs a look, or
// -1; hits are the trigger words from there on.
func (s *Writer) suspect(view []byte, i int, hits []int32) int {
	if s.mid || s.open() {
		return i
	}
	next, limit := -1, len(view)
	if len(hits) > 0 {
		next, limit = int(hits[0]), int(hits[0])
	}
	if s.depth < maxDepth {
		if at := s.r.encodedAt(view[:limit], i, s.depth); at >= 0 {
			next, limit = at, at
		}
	}
	if s.enc != Bytes8 {
		return next
	}
	if nul := bytes.IndexByte(view[i:limit], 0); nul >= 0 {
		return i + nul
	}
	return next
}

// narrowRun is how many characters of a text in UTF-16 may consist of two
// letters of ASCII each before it is 8-bit text that somebody added.
const narrowRun = 10

// line passes on one line, view[start:end], with its end.
func (s *Writer) line(view []byte, start, end int) {
	text := end
	if text > start && view[text-1] == '\n' {
		text--
	}
	for text > start && view[text-1] == '\r' {
		text--
	}
	if s.swallow {
		s.copy(view, text, end)
		s.mid, s.swallow = text == end, text == end
		return
	}
	switch body := view[start:text]; {
	case s.enc == Bytes8 && bytes.IndexByte(body, 0) >= 0, s.odd(start, text):
		s.mark(RuleBinary)
		s.judge(s.r, line{b: bytes.ReplaceAll(body, []byte{0}, nil), begin: true, depth: s.depth}) // for what goes on behind it
	default:
		spans := s.judge(s.r, line{b: body, begin: !s.mid, depth: s.depth})
		if mayBeValue(body) && !s.hasName(view, start) {
			spans = merge(append(spans, valueBefore(body, s.namedNext(view, end))...))
		}
		s.spans(view, start, text, s.identities(body, spans))
	}
	s.mid = text == end
	s.copy(view, text, end)
}

// piece passes on the begin of a line that is longer than the buffer and
// returns how many characters it took. A secret is never cut: when it reaches
// to the end of the buffer, the rest of the line is dropped.
func (s *Writer) piece(view []byte) int {
	if s.swallow {
		return len(view)
	}
	if s.enc == Bytes8 && bytes.IndexByte(view, 0) >= 0 {
		return s.drop(view, 0, RuleBinary)
	}
	spans := s.identities(view, s.r.find(line{b: view, begin: !s.mid, more: true, depth: s.depth}))
	cut := len(view) - holdBack
	if i := bytes.LastIndexAny(view[:cut], " \t,;"); i > cut-holdBack {
		cut = i + 1
	}
	for i := len(spans) - 1; i >= 0; i-- {
		if sp := spans[i]; sp.from < cut && sp.end > cut {
			cut = sp.from
		}
	}
	if cut <= 0 {
		s.mid = true
		return s.drop(view, 0, RuleLongLine)
	}
	for i, sp := range spans {
		if sp.start >= cut {
			spans = spans[:i]
			break
		}
	}
	s.spans(view, 0, cut, spans)
	s.mid = true
	return cut
}

// drop replaces view from start on, and all that follows in the line.
func (s *Writer) drop(view []byte, start int, rule string) int {
	s.copy(view, 0, start)
	s.mark(rule)
	s.mid, s.swallow = true, true
	return len(view)
}
