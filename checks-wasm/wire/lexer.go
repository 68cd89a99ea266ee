package wire

import (
	"unicode/utf8"
)

// maxDepth of what is nested; encoding/json allows more.
const maxDepth = 100

// lexer goes through a JSON text. What it gives is well-formed; it stops being ok
// at the first thing that is not, or that encoding/json would change.
type lexer struct {
	data  []byte
	pos   int
	depth int
	buf   []byte // of a text with escapes
}

// space skips what may stand between values.
func (l *lexer) space() {
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case ' ', '\n', '\r', '\t':
			l.pos++
		default:
			return
		}
	}
}

// peek is the next byte that is not a space, 0 at the end.
func (l *lexer) peek() byte {
	l.space()
	if l.pos < len(l.data) {
		return l.data[l.pos]
	}
	return 0
}

// take goes over one byte.
func (l *lexer) take(c byte) bool {
	if l.peek() != c {
		return false
	}
	l.pos++
	return true
}

// word goes over true, false or null.
func (l *lexer) word(w string) bool {
	if len(l.data)-l.pos < len(w) || string(l.data[l.pos:l.pos+len(w)]) != w {
		return false
	}
	l.pos += len(w)
	return true
}

// next goes on to the next member of a list or an object that ends with end;
// more is false at its end.
func (l *lexer) next(first bool, end byte) (more, ok bool) {
	switch c := l.peek(); {
	case c == end:
		l.pos++
		return false, true
	case first:
		return true, true
	case c == ',':
		l.pos++
		return true, l.peek() != end
	}
	return false, false
}

// name reads the name of a member, which is valid until the next text.
func (l *lexer) name() ([]byte, bool) {
	l.space()
	name, ok := l.text()
	return name, ok && l.take(':')
}

// text reads a text; it is valid until the next one.
func (l *lexer) text() ([]byte, bool) {
	if l.pos >= len(l.data) || l.data[l.pos] != '"' {
		return nil, false
	}
	start := l.pos + 1
	plain := true
	for i := start; i < len(l.data); i++ {
		switch c := l.data[i]; {
		case c == '"':
			l.pos = i + 1
			text := l.data[start:i]
			return text, plain || utf8.Valid(text)
		case c == '\\':
			return l.escaped(start, i)
		case c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return nil, false
}

// escaped reads a text whose first escape is at i.
func (l *lexer) escaped(start, i int) ([]byte, bool) {
	l.buf = append(l.buf[:0], l.data[start:i]...)
	for i < len(l.data) {
		switch c := l.data[i]; {
		case c == '"':
			l.pos = i + 1
			return l.buf, utf8.Valid(l.buf)
		case c == '\\':
			n := l.escape(l.data[i:])
			if n == 0 {
				return nil, false
			}
			i += n
		case c < ' ':
			return nil, false
		default:
			l.buf = append(l.buf, c)
			i++
		}
	}
	return nil, false
}

// escape takes in one escape and gives its length; 0: it is wrong, or half of a
// pair.
func (l *lexer) escape(in []byte) int {
	if len(in) < 2 {
		return 0
	}
	c := in[1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, ok := hex4(in[2:])
		if !ok || r >= 0xd800 && r < 0xe000 {
			return 0
		}
		l.buf = utf8.AppendRune(l.buf, r)
		return 6
	default:
		return 0
	}
	l.buf = append(l.buf, c)
	return 2
}

func hex4(in []byte) (r rune, ok bool) {
	if len(in) < 4 {
		return 0, false
	}
	for _, c := range in[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number goes over a number; whole says that it has neither fraction nor exponent.
func (l *lexer) number() (text []byte, whole, ok bool) {
	start := l.pos
	if l.pos < len(l.data) && l.data[l.pos] == '-' {
		l.pos++
	}
	first := l.pos
	if n := l.digits(); n == 0 || n > 1 && l.data[first] == '0' {
		return nil, false, false
	}
	whole = true
	if l.pos < len(l.data) && l.data[l.pos] == '.' {
		whole = false
		l.pos++
		if l.digits() == 0 {
			return nil, false, false
		}
	}
	if l.pos < len(l.data) && l.data[l.pos]|0x20 == 'e' {
		whole = false
		l.pos++
		if l.pos < len(l.data) && (l.data[l.pos] == '+' || l.data[l.pos] == '-') {
			l.pos++
		}
		if l.digits() == 0 {
			return nil, false, false
		}
	}
	return l.data[start:l.pos], whole, true
}

func (l *lexer) digits() int {
	start := l.pos
	for l.pos < len(l.data) && l.data[l.pos] >= '0' && l.data[l.pos] <= '9' {
		l.pos++
	}
	return l.pos - start
}

// skip goes over a value of any kind.
func (l *lexer) skip() bool {
	switch l.peek() {
	case '{':
		return l.nested('}', func() bool {
			_, ok := l.name()
			return ok && l.skip()
		})
	case '[':
		return l.nested(']', l.skip)
	case '"':
		_, ok := l.text()
		return ok
	case 't':
		return l.word("true")
	case 'f':
		return l.word("false")
	case 'n':
		return l.word("null")
	}
	_, _, ok := l.number()
	return ok
}

// nested goes over a list or an object, member by member.
func (l *lexer) nested(end byte, member func() bool) bool {
	l.pos++
	if l.depth++; l.depth > maxDepth {
		return false
	}
	for first := true; ; first = false {
		more, ok := l.next(first, end)
		if !ok {
			return false
		}
		if !more {
			l.depth--
			return true
		}
		if !member() {
			return false
		}
	}
}
