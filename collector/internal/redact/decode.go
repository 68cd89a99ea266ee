package redact

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// rounds is how often a text may have been escaped: %253D is %3D is =.
const rounds = 3

// plainView is a text with its escapes undone. at tells where in the text each
// byte of the view begins, and where the text ends.
type plainView struct {
	b  []byte
	at []int32
}

// unescape undoes percent-encoding, the escapes of JSON and of C, the quotes of
// strings in strings, and the entities of HTML, as far as they stand for printable
// ASCII. It reports false when there were none.
func unescape(b []byte) (plainView, bool) {
	v, changed := plainView{b: b}, false
	for range rounds {
		next, ok := v.once()
		if !ok {
			break
		}
		v, changed = next, true
	}
	return v, changed
}

// once undoes one round of escapes. It reports false, with the view as it is, when
// there are none.
func (v plainView) once() (plainView, bool) {
	next := v.next(0)
	if next == len(v.b) {
		return v, false
	}
	out := plainView{b: make([]byte, 0, len(v.b)), at: make([]int32, 0, len(v.b)+1)}
	for done := 0; ; next = v.next(done) {
		out = out.take(v, done, next)
		if next == len(v.b) {
			break
		}
		c, n := escaped(v.b[next:])
		out.b, out.at = append(out.b, c), append(out.at, v.pos(next))
		done = next + n
	}
	out.at = append(out.at, v.pos(len(v.b)))
	return out, true
}

// next is where the next escape is, from i on, or the end.
func (v plainView) next(i int) int {
	for b := v.b; i < len(b); i++ {
		if !escaping[b[i]] {
			continue
		}
		if _, n := escaped(b[i:]); n > 1 {
			break
		}
	}
	return i
}

// escaping are the characters that escapes begin with.
var escaping = [256]bool{'%': true, '\\': true, '&': true, '+': true}

// take adds v from start to end, which has no escapes.
func (out plainView) take(v plainView, start, end int) plainView {
	out.b = append(out.b, v.b[start:end]...)
	if v.at != nil {
		out.at = append(out.at, v.at[start:end]...)
		return out
	}
	n := len(out.at)
	out.at = out.at[:n+end-start]
	for i := range out.at[n:] {
		out.at[n+i] = int32(start + i)
	}
	return out
}

// pos is where in the text the byte i of the view begins.
func (v plainView) pos(i int) int32 {
	if v.at == nil {
		return int32(i)
	}
	return v.at[i]
}

// escaped is the first character of b and how many bytes it takes. Control
// characters become blanks: they end a word.
func escaped(b []byte) (c byte, n int) {
	var code uint64
	var err error = strconv.ErrSyntax
	switch {
	case b[0] == '%' && len(b) > 5 && b[1] == 'u':
		code, err = hexNumber(b[2:6])
		n = 6
	case b[0] == '%' && len(b) > 2:
		code, err = hexNumber(b[1:3])
		n = 3
	case b[0] == '\\' && len(b) > 3 && b[1] == 'x':
		code, err = hexNumber(b[2:4])
		n = 4
	case b[0] == '&' && len(b) > 3:
		code, n, err = entity(b)
	case b[0] == '+' && len(b) > 3 && b[1] == 'A':
		code, n, err = shifted(b)
	case b[0] == '\\':
		n = run(b[:min(len(b), 16)], 0, func(c byte) bool { return c == '\\' }) + 1
		if n > len(b) {
			break
		}
		if i := strings.IndexByte(`"nrt`, b[n-1]); i >= 0 {
			return "\"\n \t"[i], n
		}
		more := 0
		if code, more, err = spelled(b[n-1:]); err == nil {
			n += more - 1
		} else if n+4 <= len(b) && b[n-1]|0x20 == 'u' {
			code, err = hexNumber(b[n : n+4])
			n += 4
		}
	}
	switch {
	case err != nil || code == 0x7f:
		return b[0], 1
	case code > 0x7f && b[0] == '\\' && n > 5: // as the view of a text in UTF-16 has it
		return byte(code)&0x7f | 0x80, n
	case code > 0x7f && n > 4:
		return b[0], 1
	case code == '\n':
		return '\n', n
	case code < ' ':
		return ' ', n
	}
	return byte(code), n
}

// hexNumber is the number that b is, of at most eight digits.
func hexNumber(b []byte) (code uint64, err error) {
	for _, c := range b {
		if !isHexDigit(c) {
			return 0, strconv.ErrSyntax
		}
		code = code<<4 | uint64(c&0x0f+c>>6*9)
	}
	return code, nil
}

// entity reads &lt; &#61; and &#x3d;.
func entity(b []byte) (code uint64, n int, err error) {
	end := bytes.IndexByte(b[:min(len(b), 10)], ';')
	if end < 3 {
		return 0, 0, strconv.ErrSyntax
	}
	name := string(b[1:end])
	switch name {
	case "lt":
		return '<', end + 1, nil
	case "gt":
		return '>', end + 1, nil
	case "quot":
		return '"', end + 1, nil
	case "apos":
		return '\'', end + 1, nil
	case "amp":
		return '&', end + 1, nil
	case "equals":
		return '=', end + 1, nil
	}
	if name[0] != '#' {
		return 0, 0, strconv.ErrSyntax
	}
	if name[1]|0x20 == 'x' {
		code, err = strconv.ParseUint(name[2:], 16, 32)
	} else {
		code, err = strconv.ParseUint(name[1:], 10, 32)
	}
	return code, end + 1, err
}

// lineBreak is an escaped end of a line, in a string of which it is sure that it
// has several lines: bytes start to end.
type lineBreak struct{ at, start, end int }

// without drops spans that reach over the ends of lines of a string and are not
// all of it; breaks are in order.
func without(breaks []lineBreak, spans []span) []span {
	return slices.DeleteFunc(spans, func(s span) bool {
		i := sort.Search(len(breaks), func(i int) bool { return breaks[i].at > s.from })
		return i < len(breaks) && breaks[i].at < s.end && s.rule != RulePrivateKey && (s.start > breaks[i].start || s.end < breaks[i].end)
	})
}

// encoded adds to the secrets of a line those that it shows when its escapes are
// undone.
func (r *Redactor) encoded(l line, spans []span) []span {
	v, ok := unescape(l.b)
	if !ok {
		return spans
	}
	if first, _ := (plainView{b: l.b}).once(); len(first.b) > len(v.b) { // a name behind a backslash is no escape: CORP\repl
		spans = append(spans, first.back(r.find(first.line(l)))...)
	}
	inside, breaks := r.inside(l, v)
	spans = without(breaks, append(spans, v.back(r.find(v.line(l)))...))
	return append(spans, v.back(inside)...)
}

// line is the view of a line as a line.
func (v plainView) line(l line) line {
	l.b, l.depth = bytes.ReplaceAll(v.b, []byte{'\n'}, []byte{' '}), l.depth+1
	return l
}

// back makes spans of the view spans of the text.
func (v plainView) back(spans []span) []span {
	for i := range spans {
		s := &spans[i]
		s.from, s.start, s.end = int(v.at[s.from]), int(v.at[s.start]), int(v.at[s.end])
	}
	return spans
}

// inside finds the secrets of texts of several lines that a line has in strings,
// and the ends of lines of those of which it is sure that they are some: a
// backslash and an n may be part of a path, but not in JSON.
func (r *Redactor) inside(l line, v plainView) (out []span, breaks []lineBreak) {
	first := bytes.IndexByte(v.b, '\n')
	if first < 0 {
		return nil, nil
	}
	quote, entity := int32(1), l.b[v.at[first]] != '\\' // how many bytes the quotes around the text have
	if !entity {
		quote = int32(run(l.b, int(v.at[first]), func(c byte) bool { return c == '\\' })) - v.at[first]
	}
	for start := 0; start < len(v.b); {
		end := start
		for end < len(v.b) && (v.b[end] != '"' || v.at[end+1]-v.at[end] != quote) {
			end++
		}
		if bytes.IndexByte(v.b[start:end], '\n') >= 0 {
			head := bytes.TrimRight(v.b[:max(start-1, 0)], " ")
			sure := entity || bytes.HasSuffix(head, []byte(`":`)) && end < len(v.b)
			for th, from := (thread{}), start; from < end; {
				stop := end
				if n := bytes.IndexByte(v.b[from:end], '\n'); n >= 0 {
					stop = from + n
					if sure {
						breaks = append(breaks, lineBreak{int(v.at[stop]), int(v.at[start]), int(v.at[end])})
					}
				}
				for _, s := range th.judge(r, line{b: v.b[from:stop], begin: true, depth: l.depth + 1}) {
					s.from, s.start, s.end = s.from+from, s.start+from, s.end+from
					out = append(out, s)
				}
				from = stop + 1
			}
		}
		start = end + 1
	}
	return out, breaks
}
