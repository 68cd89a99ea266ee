package redact

import (
	"bytes"
	"strings"
)

// namedNext is the line of view behind the one that ends at end, when it is the name
// of a secret, as of a pair with its value first, or nil.
func (s *Writer) namedNext(view []byte, end int) []byte {
	if end >= len(view) {
		return nil
	}
	next := view[end:]
	if n := bytes.IndexByte(next, '\n'); n >= 0 {
		next = next[:n]
	}
	next = bytes.TrimRight(next, " \t\r")
	if len(next) > 2*maxKey || bytes.HasPrefix(bytes.TrimSpace(next), []byte("-")) { // of the next item of a list
		return nil
	}
	if m := submatch(pendingForms().pair, next, ":=>"); m == nil || !s.r.SecretName(string(m[1])) {
		return nil
	}
	return next
}

// hasName reports whether the line of view before the one at start has the name for
// what that one has.
func (s *Writer) hasName(view []byte, start int) bool {
	if start == 0 {
		return s.named
	}
	before := bytes.TrimRight(view[:start], " \t\r\n")
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	return len(before) <= 2*maxKey && submatch(pendingForms().pair, before, ":=>") != nil
}

// valueBefore is the value of a pair in a line, before the line that has its name.
func valueBefore(b, name []byte) []span {
	if name == nil || len(b) > maxHead {
		return nil
	}
	_, n := together(string(name[:min(len(name), maxLead)]), b)
	if !leads(b[:n]) {
		n = 0
	}
	m := pendingForms().value.FindSubmatchIndex(b[n:])
	if m == nil {
		return nil
	}
	sp := span{start: n + max(m[2], m[4], m[6]), end: n + max(m[3], m[5], m[7]), rule: RuleSecret}
	value := strings.TrimSpace(string(b[sp.start:sp.end]))
	if sp.from = sp.start; value == "" || common(value) || harmless(kindSecret, "", value, '=') {
		return nil
	}
	return keep(b, sp)
}

// mayBeValue is quick: most lines are none.
func mayBeValue(b []byte) bool { return bytes.Contains(b[:min(len(b), 2*maxKey)], []byte("alue")) }
