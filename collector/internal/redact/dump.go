package redact

import (
	"bytes"
	"strings"
)

const (
	leastApart = 8  // bytes that are written apart, in a line, and looked into
	dumpWidth  = 16 // bytes of a line of a dump
)

// apartForm is how bytes are written apart: 70 61, 70:61, 0x70, 0x61, 7061 7373 and
// 112, 97.
type apartForm struct {
	prefix       string
	least, most  int // digits of a number
	base, octets int // of a number
}

var apartForms = [...]apartForm{{"", 2, 2, 16, 1}, {"0x", 1, 2, 16, 1}, {"", 4, 4, 16, 2}, {"", 1, 3, 10, 1}}

func isHexOrX(c byte) bool { return isHexDigit(c) || c == 'x' }

func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// number reads one number at i. It returns the place behind it, or 0.
func (f apartForm) number(b []byte, i int) (n, end int) {
	if i += len(f.prefix); i >= len(b) || string(b[i-len(f.prefix):i]) != f.prefix {
		return 0, 0
	}
	for end = i; end < len(b) && end < i+f.most && isHexDigit(b[end]); end++ {
		c := b[end]
		if !isDigit(c) {
			if c = c | 0x20 - 'a' + 10; f.base == 10 {
				return 0, 0
			}
		}
		n = n*f.base + int(c&0xf)
	}
	if end-i < f.least || f.octets == 1 && n > 0xff || end < len(b) && isIdent(b[end]) {
		return 0, 0
	}
	return n, end
}

// sign is what stands between two numbers at i: a sign, or a blank, and where the
// next number begins.
func sign(b []byte, i int) (c byte, next int) {
	if i >= len(b) || !between(b[i]) {
		return 0, i
	}
	c, next = b[i], i+1
	for next < len(b) && b[next] == ' ' && next < i+3 {
		next++
	}
	if c == ' ' && next < len(b) && b[next] == '-' && next+1 < len(b) && isHexDigit(b[next+1]) { // in the middle of Windows' dumps
		next++
	}
	return c, next
}

// read appends the bytes at i to out, up to so many of them; end is behind the last.
func (f apartForm) read(out, b []byte, i, most int) (_ []byte, end int) {
	between := byte(0)
	for next := i; next < len(b) && len(out) < most; {
		n, e := f.number(b, next)
		if e == 0 {
			break
		}
		if f.octets == 2 {
			out = append(out, byte(n>>8))
		}
		out, end = append(out, byte(n)), e
		c, after := sign(b, e)
		if c == 0 || between != 0 && c != between || f.octets == 2 && c != ' ' {
			break
		}
		between, next = c, after
	}
	return out, end
}

// between reports whether a sign may stand between two numbers.
func between(c byte) bool { return c == ' ' || c == ',' || c == ':' || c == ';' || c == '-' }

// group is the end of a number at i that may stand for a character or two, or i.
func group(b []byte, i int) int {
	n, decimal := i, true
	for n < len(b) && n < i+5 && isHexOrX(b[n]) {
		decimal = decimal && isDigit(b[n])
		n++
	}
	printed := func(c byte) bool { return c == '0' || c >= '2' && c <= '7' }
	switch n - i {
	case 2:
		if decimal || printed(b[i]) {
			return n
		}
	case 3:
		if decimal || b[i+1] == 'x' {
			return n
		}
	case 4:
		if printed(b[i]) && printed(b[i+2]) || b[i+1] == 'x' {
			return n
		}
	}
	return i
}

// apart is the begin of bytes that are written apart around the sign at j and begin
// with text, or -1. It looks no further back than low.
func apart(b []byte, low, j int) int {
	one, c := j+1, b[j]
	if c == ' ' && (b[j-1] == ',' || b[j-1] == ';') {
		c = b[j-1]
	}
	for one < len(b) && b[one] == ' ' && one < j+3 {
		one++
	}
	two := group(b, one)
	if two == one || two+2 >= len(b) || b[two] != c {
		return -1
	}
	next := two + 1
	for b[next] == ' ' && next+1 < len(b) && next < two+3 {
		next++
	}
	if end := group(b, next); end == next || end < len(b) && b[end] != c && b[end] != '\n' && b[end] != '\r' {
		return -1
	}
	from := j
	for from > low && (isHexOrX(b[from-1]) || between(b[from-1])) {
		from--
	}
	for ; from <= one; from++ {
		if isHexDigit(b[from]) && (from == 0 || !isIdent(b[from-1])) {
			if _, end := bytesApart(b, from); end > 0 {
				return from
			}
		}
	}
	return -1
}

// bytesApart are the bytes that are written apart from i on, when they begin with
// text; end is 0 when there are none.
func bytesApart(b []byte, i int) (out []byte, end int) {
	if i >= len(b) || !isHexDigit(b[i]) || i > 0 && isIdent(b[i-1]) {
		return nil, 0
	}
	for _, f := range apartForms {
		var room [2 * leastApart]byte
		if head, _ := f.read(room[:0], b, i, leastApart); len(head) >= leastApart && texts(head) {
			return f.read(nil, b, i, len(b))
		}
	}
	return nil, 0
}

// texts reports whether bytes are of text, of 8 or 16 bits a character.
func texts(b []byte) bool {
	zeros := 0
	for _, c := range b {
		switch {
		case c == 0:
			zeros++
		case c < ' ' && c != '\n' && c != '\r' && c != '\t' || c >= 0x7f:
			return false
		}
	}
	return zeros <= len(b)/2
}

// dumped are the bytes of a line of a dump, and where they and the text beside them
// stand: behind a number that says where in the whole they are, or without one.
func (t *thread) dumped(b []byte) (start, end int, out []byte) {
	p := run(b, 0, func(c byte) bool { return isSpace(c) || strings.IndexByte("{[(", c) >= 0 })
	least, most, at, numbered := leastApart, len(b), p, false
	if t.carry != "" || t.block {
		least = 1
	}
	if e := run(b, p, func(c byte) bool { return isHexDigit(c) || c == 'x' }); e-p >= 4 && e+2 < len(b) && (b[e] == ':' || b[e] == ' ' && b[e+1] == ' ') {
		at, most, numbered = run(b, e+1, isSpace), dumpWidth, true
	}
	for _, f := range apartForms {
		if out, end = f.read(nil, b, at, most); len(out) < least || !numbered && len(bytes.Trim(b[end:], " ,;)]}\\\r")) > 0 {
			continue
		}
		if t.carry == "" && !t.block && !texts(out[:leastApart]) {
			continue
		}
		if numbered && len(b)-end < 3*dumpWidth+leastApart { // the text beside them
			end = len(bytes.TrimRight(b, " \t\r"))
		}
		return at, end, out
	}
	return 0, 0, nil
}

// holdsBytes is holds for bytes of a dump: between its texts may be others, and
// each two may be in the order of the machine.
func (r *Redactor) holdsBytes(b []byte, depth int) bool {
	if r.holds(b, depth) {
		return true
	}
	zeros := bytes.Count(b, []byte{0})
	text, swapped := make([]byte, 0, len(b)), make([]byte, 0, len(b)+1)
	for _, c := range b {
		switch {
		case c == 0 && zeros > len(b)/3:
		case c < ' ' || c >= 0x7f:
			text = append(text, '\n')
		default:
			text = append(text, c)
		}
	}
	for i := 0; i+1 < len(text); i += 2 {
		swapped = append(swapped, text[i+1], text[i])
	}
	return r.finds(text, depth) || r.finds(swapped, depth)
}
