package redact

import (
	"bytes"
	"strings"
)

// pemEnd begins the last line of a key.
const pemEnd = "-----END"

// keyBody reports whether a line belongs to a private key that began before.
func (s *thread) keyBody(body []byte) bool {
	s.pem--
	t := bytes.TrimSpace(body)
	switch {
	case bytes.Contains(t, []byte(pemEnd)):
		s.pem = 0
		before, _, _ := bytes.Cut(t, []byte(pemEnd))
		return len(before) > 0 && (longestRun(before) >= minBlob || run(before, 0, isBase64) == len(before))
	case bytes.HasPrefix(t, []byte("---- END ")), bytes.HasPrefix(t, []byte("Private-MAC:")):
		s.pem = 0
		return false
	case s.cut && (len(t) < 32 || len(t) > 80): // lines of keys have 64 or 76 characters
		s.pem, s.cut = 0, false
		return false
	case len(t) == 0 || marked(t, 0) == len(t):
		return false
	case run(t, 0, isBase64) == len(t), bytes.HasPrefix(t, []byte("Proc-Type:")), bytes.HasPrefix(t, []byte("DEK-Info:")):
		return true
	}
	if s.cut {
		s.pem, s.cut = 0, false
		return false
	}
	return longestRun(t) >= 40 || s.lastPart(string(body))
}

// lastPart reports whether a line ends with the short last part of a key, whose
// lines stand behind something of a fixed length.
func (s *thread) lastPart(body string) bool {
	if s.column == 0 || len(body) < s.column+4 {
		return false
	}
	part := strings.TrimRight(body[s.column:], " \t")
	return run([]byte(part), 0, isBase64) == len(part) && (strings.HasSuffix(part, "=") || restless(part) > len(part)/3 && strings.ContainsAny(part, "0123456789"))
}

// longestRun is the longest word of base64 in b: a key line behind a time stamp.
func longestRun(b []byte) int {
	best := 0
	for i := 0; i < len(b); i++ {
		j := run(b, i, isBase64)
		best, i = max(best, j-i), j
	}
	return best
}

// follow notes what began in this line, whose secrets are spans, and did not
// end in it.
func (s *thread) follow(r *Redactor, body []byte, spans []span) {
	if s.value == pendingNone && (s.place.how != '<' || s.place.tag) {
		if s.value, s.left = r.opensValue(body, spans), pairLines; s.value.long() {
			s.left = regionLines
		}
		if s.value == pendingPair && s.grid.left > 0 && s.grid.at > 1 { // a heading above its cells
			s.value = pendingNone
		}
	}
	if bytes.Contains(body, []byte("<<")) {
		if m := pendingForms().here.FindSubmatch(bytes.TrimRight(body, " \t\r")); m != nil && r.SecretName(string(m[1])) {
			s.until, s.left, s.value = string(m[2]), regionLines, pendingNone
		}
	}
	if bytes.HasPrefix(bytes.ToLower(body[:min(len(body), 16)]), []byte("private-lines:")) { // PuTTY
		s.pem, s.cut = pemLines, false
		return
	}
	if !bytes.Contains(body, []byte("BEGIN ")) {
		return
	}
	for _, dashes := range []string{"-----", "---- "} { // the second one is SSH2's
		before, head, ok := cutLast(body, dashes+"BEGIN ")
		if !ok {
			continue
		}
		label, rest, ok := bytes.Cut(head, []byte(strings.TrimSpace(dashes)))
		if ok && publicLabel(string(label)) && len(bytes.TrimSpace(rest)) == 0 {
			s.public = pemLines
		}
		if ok && secretLabel(label) && !bytes.Contains(rest, []byte(pemEnd)) {
			s.pem, s.cut, s.column = pemLines, false, len(before)
		}
		return
	}
}

// cutLast cuts b around the last sep.
func cutLast(b []byte, sep string) (before, after []byte, found bool) {
	i := bytes.LastIndex(b, []byte(sep))
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+len(sep):], true
}

// publicLabel matches the labels of PEM blocks that are no secrets.
func publicLabel(label string) bool {
	for _, w := range []string{"CERTIFICATE", "CERTIFICATE REQUEST", "X509 CRL", "PUBLIC KEY", "PGP PUBLIC KEY BLOCK", "PGP SIGNATURE"} {
		if strings.HasSuffix(strings.TrimSpace(label), w) {
			return true
		}
	}
	return false
}

// certificate reports whether a line is one of base64 in a certificate, a public
// key or a signature. The texts in these are names, not secrets.
func (s *thread) certificate(l line) bool {
	if s.public == 0 {
		return false
	}
	text := bytes.TrimSpace(l.b)
	switch n := run64(text); {
	case len(text) == 0 || bytes.HasPrefix(text, []byte("Version:")) || bytes.HasPrefix(text, []byte("Comment:")):
		s.public--
		return false
	case n < len(text) && !(n == 0 && len(text) == 5) || len(text) > 80 || l.more || secretBytes(decode64(text)):
		s.public = 0
		return false
	}
	s.public--
	return true
}
