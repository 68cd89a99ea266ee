package redact

import (
	"bytes"
	"encoding/hex"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// hexLine finds the bytes of a line of a registry export, and whether the next
// line has more of them.
var hexLine = sync.OnceValue(func() *regex.Regexp {
	return regex.MustCompile(`(?i)^(?:.*=\s*hex(?:\([0-9a-f]+\))?:|\s*)((?:[0-9a-f]{2},?\s*)+)(\\?)\s*$`)
})

// encodedBlock looks at a line of base64, or of the bytes of a registry export,
// together with the lines before it: a secret may be cut by the line's end.
// From the line where a key is seen to the end of the block all goes.
func (s *thread) encodedBlock(r *Redactor, l line) []span {
	start, end, text, more := s.blockText(l.b)
	holds := r.holds
	if start == end {
		start, end, text = s.dumped(l.b)
		more, holds = true, r.holdsBytes
	}
	if start == end {
		s.carry, s.block = "", false
		return nil
	}
	joined := append([]byte(s.carry), text...)
	alone := s.base == 0 && len(bytes.TrimSpace(l.b[:start])) == 0
	found := s.block || l.depth < maxDepth && (alone && folded(l.b[start:end], text) || holds(joined, l.depth))
	zipped := packed(joined) != nil
	sealed := zipped || secretBytes(joined) || run64(l.b[start:end]) < end-start // or bytes of a registry export
	s.block, s.carry = found && more && (s.block || sealed), ""
	if more && !s.block {
		if s.carry = string(joined); !zipped || len(joined) > maxHead {
			s.carry = s.carry[max(0, len(joined)-carried)&^1:]
		}
	}
	if !found || marked(l.b, start) == end {
		return nil
	}
	return []span{{from: start, start: start, end: end, rule: RuleEncoded}}
}

// folded reports whether a line is one of many of base64 by its length. What
// such lines hold may be cut anywhere, so that no text in them is let through.
func folded(b, text []byte) bool {
	if len(b) < 56 || len(b)%4 != 0 || run64(b) != len(b) {
		return false
	}
	plain, ok := text8(text)
	return ok && (len(plain) >= len(text)-2 || len(plain) == len(text)/2)
}

// run64 is the length of the base64 that b begins with, its padding included.
func run64(b []byte) int {
	n := run(b, 0, func(c byte) bool { return isBase64(c) && c != '=' || c == '-' || c == '_' })
	return run(b[:min(len(b), n+2)], n, func(c byte) bool { return c == '=' })
}

// blockText is where in a line encoded bytes are, which they are, and whether
// the block may go on in the next line.
func (s *thread) blockText(b []byte) (start, end int, text []byte, more bool) {
	t := bytes.TrimSpace(b)
	start = bytes.Index(b, t)
	if i := bytes.LastIndexAny(t, " \t") + 1; i > 0 && i < maxLead && len(t)-i >= blockLine && leads(t[:i]) {
		t, start = t[i:], start+i
	}
	n := run64(t)
	switch {
	case n == len(t) && (n >= 2*blockLine || s.carry != "") && hexadecimal(t) != nil:
		return start, start + n, hexadecimal(t), true
	case n == len(t) && (n >= blockLine && !digest(t) || n > 0 && (s.block || s.carry != "")):
		text = decode64(bytes.TrimRight(t, "="))
		if n < blockLine && !s.block && (n%4 > 0 || run(text, 0, func(c byte) bool { return c == 0 || c >= '\t' && c < 0x7f }) < len(text)) {
			return 0, 0, nil, false // a word
		}
		if _, ok := text8(append([]byte(s.carry), text...)); !ok && !s.block && !secretBytes(text) && packed(append([]byte(s.carry), text...)) == nil {
			return 0, 0, nil, false
		}
		return start, start + n, text, true
	case s.carry == "" && !s.block && !bytes.Contains(bytes.ToLower(b), []byte("hex")):
		return 0, 0, nil, false
	}
	m := hexLine().FindSubmatchIndex(b)
	if m == nil {
		return 0, 0, nil, false
	}
	digits := bytes.Map(func(c rune) rune {
		if c == ',' || c == ' ' || c == '\t' {
			return -1
		}
		return c
	}, b[m[2]:m[3]])
	text = make([]byte, len(digits)/2)
	k, _ := hex.Decode(text, digits)
	return m[2], m[3], text[:k], m[5] > m[4]
}

// hexadecimal is the text of ASCII that a line of hexadecimal is, or nil.
func hexadecimal(t []byte) []byte {
	text := make([]byte, len(t)/2)
	if n, err := hex.Decode(text, t[:len(t)&^1]); err != nil || run(text, 0, func(c byte) bool { return c == 0 || c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' }) < n || len(bytes.Trim(text, "\x00")) == 0 {
		return nil
	}
	return text
}
