package redact

import (
	"bytes"
	"strconv"
)

// min32 is how many characters of base32 are looked into: 15 bytes.
const min32 = 24

// base32Text decodes base32 of one case, as far as it is that, when it begins
// with text.
func base32Text(b []byte) []byte {
	if len(b) < min32 || !text32(b[:16]) {
		return nil
	}
	return decode32(b)
}

// text32 reports whether 16 characters of base32 are ten of text.
func text32(b []byte) bool {
	for _, c := range b {
		if c < '2' || c > '7' && c < 'A' || c|0x20 > 'z' || isLetter(c) && c&0x20 != b[0]&0x20 && isLetter(b[0]) {
			return false
		}
	}
	head := decode32(b)
	return run(head, 0, func(c byte) bool { return c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' }) == len(head)
}

func decode32(b []byte) []byte {
	out := make([]byte, 0, len(b)*5/8)
	bits, n := uint(0), 0
	for _, c := range b {
		switch {
		case isLetter(c):
			c = c | 0x20 - 'a'
		case c >= '2' && c <= '7':
			c -= '2' - 26
		default:
			return out
		}
		bits, n = bits<<5|uint(c), n+5
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
		}
	}
	return out
}

// maxArmored is how many encoded texts of a line are looked into that a sign
// announces.
const maxArmored = 32

// armored finds what a sign announces that is encoded: ascii85, gzip in the base64
// of addresses, and the arguments of a command line.
func (r *Redactor) armored(l line, h hit) []span {
	begin := h.end - len(h.word)
	if l.depth >= maxDepth {
		return nil
	}
	if h.word == " a0=" {
		return r.arguments(l, begin)
	}
	if h.word != "<~" {
		end := run(l.b[:min(len(l.b), begin+maxHead)], begin, func(c byte) bool { return isBase64(c) || isBase64URL(c) })
		if !r.holds(decode64(bytes.TrimRight(l.b[begin:end], "=")), l.depth) {
			return nil
		}
		return []span{{from: begin, start: begin, end: end, rule: RuleEncoded}}
	}
	end := min(len(l.b), h.end+maxHead)
	if n := bytes.Index(l.b[h.end:end], []byte("~>")); n >= 0 {
		end = h.end + n
	}
	if h.end >= end || !r.holds(decode85(l.b[h.end:end]), l.depth) {
		return nil
	}
	return []span{{from: begin, start: h.end, end: end, rule: RuleEncoded}}
}

// decode85 decodes ascii85.
func decode85(b []byte) (out []byte) {
	group, n := uint32(0), 0
	for _, c := range b {
		switch {
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
			continue
		case c < '!' || c > 'u':
			continue
		}
		group, n = group*85+uint32(c-'!'), n+1
		if n == 5 {
			out = append(out, byte(group>>24), byte(group>>16), byte(group>>8), byte(group))
			group, n = 0, 0
		}
	}
	if n > 1 {
		for i := n; i < 5; i++ {
			group = group*85 + 84
		}
		out = append(out, []byte{byte(group >> 24), byte(group >> 16), byte(group >> 8)}[:n-1]...)
	}
	return out
}

// spelled reads the number of a character that stands behind backslashes: \160 in
// octal, \U00000070 and \u{70}. n is how many bytes b has of it.
func spelled(b []byte) (code uint64, n int, err error) {
	switch {
	case len(b) >= 3 && b[0] >= '0' && b[0] <= '3':
		code, err = strconv.ParseUint(string(b[:3]), 8, 8)
		return code, 3, err
	case len(b) >= 9 && b[0] == 'U':
		code, err = strconv.ParseUint(string(b[1:9]), 16, 32)
		return code, 9, err
	case len(b) >= 4 && b[0] == 'u' && b[1] == '{':
		end := bytes.IndexByte(b[:min(len(b), 10)], '}')
		code, err = strconv.ParseUint(string(b[2:max(end, 2)]), 16, 32)
		return code, end + 1, err
	}
	return 0, 0, strconv.ErrSyntax
}

// shifted reads a character of UTF-7: +AD0- is =.
func shifted(b []byte) (code uint64, n int, err error) {
	if len(b) < 4 || run64(b[1:4]) != 3 || bytes.IndexByte(b[1:4], '=') >= 0 {
		return 0, 0, strconv.ErrSyntax
	}
	wide := decode64(b[1:4])
	code, n = uint64(wide[0])<<8|uint64(wide[1]), 4
	if len(b) > 4 && b[4] == '-' {
		n++
	}
	if code >= 0x7f || isKnit(byte(code)) {
		return 0, 0, strconv.ErrSyntax
	}
	return code, n, nil
}

// cutSoftly reports whether a line of quoted-printable is broken behind a value
// that reaches to end.
func cutSoftly(b []byte, end int) bool {
	n := len(b)
	if n < 56 || n > 80 || b[n-1] != '=' || b[n-2] == '=' || end < n-1 {
		return false
	}
	for i := 0; i+2 < n; i++ { // it has at least one sign of it
		if b[i] == '=' && isHex(string(b[i+1:i+3])) && isDigit(b[i+1]) && bytes.IndexByte([]byte("ABCDEF0123456789"), b[i+2]) >= 0 {
			return true
		}
	}
	return false
}

// softPart is the rest of a value that the end of a line of quoted-printable has
// cut, at the begin of the next one.
func softPart(l line) []span {
	end := l.token(0)
	if end > 0 && end == len(l.b) && l.b[end-1] == '=' {
		end--
	}
	return keep(l.b, span{end: end, rule: RuleEncoded})
}
