package redact

import (
	"bytes"
	"strconv"
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

// once undoes one round of escapes.
func (v plainView) once() (plainView, bool) {
	out := plainView{b: make([]byte, 0, len(v.b)), at: make([]int32, 0, len(v.b)+1)}
	for i := 0; i < len(v.b); {
		c, n := escaped(v.b[i:])
		out.b, out.at = append(out.b, c), append(out.at, v.pos(i))
		i += n
	}
	out.at = append(out.at, v.pos(len(v.b)))
	return out, len(out.b) < len(v.b)
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
	case b[0] == '%' && len(b) > 2:
		code, err = strconv.ParseUint(string(b[1:3]), 16, 8)
		n = 3
	case b[0] == '\\' && len(b) > 3 && b[1] == 'x':
		code, err = strconv.ParseUint(string(b[2:4]), 16, 8)
		n = 4
	case b[0] == '&' && len(b) > 3:
		code, n, err = entity(b)
	case b[0] == '\\':
		n = run(b[:min(len(b), 16)], 0, func(c byte) bool { return c == '\\' }) + 1
		if n <= len(b) && b[n-1] == '"' {
			return '"', n
		}
		if n+4 <= len(b) && b[n-1]|0x20 == 'u' {
			code, err = strconv.ParseUint(string(b[n:n+4]), 16, 16)
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
	case code < ' ':
		return ' ', n
	}
	return byte(code), n
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

// encoded finds the secrets that a line shows when its escapes are undone.
func (r *Redactor) encoded(l line) []span {
	v, ok := unescape(l.b)
	if !ok {
		return nil
	}
	plain := l
	plain.b, plain.depth = v.b, l.depth+1
	spans := r.find(plain)
	for i := range spans {
		s := &spans[i]
		s.from, s.start, s.end = int(v.at[s.from]), int(v.at[s.start]), int(v.at[s.end])
	}
	return spans
}
