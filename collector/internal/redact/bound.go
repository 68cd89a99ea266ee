package redact

import (
	"bytes"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// boundForms are what may stand between the name of a variable and its value besides
// '=' and ':'.
var boundForms = sync.OnceValue(func() (f struct{ next, encoded, user *regex.Regexp }) {
	f.next = regex.MustCompile(`^["']?(?:(\s*(?:[\t;|,]|->|=>|→)\s*|\s+(?:(?:is|was)(?:\s+now|\s+(?:set|changed)\s+to)?|(?:set|changed)\s+to)\s+)|\s+)(?:"([^"]+)"|'([^']+)'|([^\s"';|,<>()]+))`)
	f.encoded = regex.MustCompile(`(?i)^["']?\s*[(\[]?(?:base-?64|b64|hex|hexadecimal|encoded)[)\]]?\s*[:=]?\s+["']?([a-z0-9+/]{8,}=*)["']?(?:\s|$)`)
	f.user = regex.MustCompile(`(?i)\b(?:user|username|user name|login|account)[ =:]+["']?[^\s,;"']+["']?[,;]?\s+(?:(?:and|with)\s+)?$`)
	return f
})

// bound finds the value beside the name of a variable where no '=' or ':' stands
// between them: behind an arrow, in a list, in quotes, in a sentence. It has to look
// like a key or as people choose passwords.
func (l line) bound(k kind, from, stop int) []span {
	name, rest := string(l.b[from:stop]), l.b[stop:min(len(l.b), stop+2*maxKey)]
	if !compound(name) || !namesSecret(name) {
		return nil
	}
	m := boundForms().next.FindSubmatchIndex(rest)
	if m == nil {
		return nil
	}
	start, end := max(m[4], m[6], m[8]), max(m[5], m[7], m[9])
	v := string(rest[start:end])
	if m[8] >= 0 {
		v = strings.TrimRight(v, ".!")
	}
	bare := m[2] < 0 && m[8] >= 0
	if words := strings.Fields(v); len(words) > 1 {
		if m[8] >= 0 || !phraseWords(words) {
			return nil
		}
	} else if !keyLike(v) || bare && !random(v) && !hexKey(v) && !strings.ContainsAny(v, "!#$%^&*@~?+") {
		return nil
	}
	return l.loose(k, from, stop, []int{0, 0, start, start + len(v)})
}

// namesSecret reports whether a name ends with the word for a secret: not
// TokenBroker, which is a service.
func namesSecret(name string) bool {
	lower := strings.ToLower(strings.TrimRight(name, "0123456789"))
	for _, w := range []string{"password", "passwd", "pwd", "pass", "pw", "secret", "token", "key", "passphrase", "passcode", "psk", "credential", "cookie", "secrets", "tokens"} {
		if strings.HasSuffix(lower, w) {
			return true
		}
	}
	return false
}

// phraseWords reports whether words are those of a passphrase, and of no sentence:
// small letters and digits, with a digit among them.
func phraseWords(words []string) bool {
	digit := false
	for _, w := range words {
		if common(w) || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(w) > 16 {
			return false
		}
		digit = digit || strings.ContainsAny(w, "0123456789")
	}
	return digit && len(words) > 2 && len(words) < 9
}

// phraseEnd is the end of a passphrase of several words whose first one ends at end:
// of all words up to the end of the line, or end.
func (l line) phraseEnd(name string, start, end int) int {
	if lower := strings.ToLower(name); l.more || len(l.b)-start > maxKey || !strings.Contains(lower, "phrase") && !strings.Contains(lower, "wort") {
		return end
	}
	if text := bytes.TrimRight(l.b[start:], " \t\r\"}"); phraseWords(strings.Fields(string(text))) {
		return max(end, start+len(text))
	}
	return end
}

// spelledOut finds the value behind the name of its encoding: password (base64) x.
func (l line) spelledOut(k kind, from, stop int) []span {
	rest := l.b[stop:min(len(l.b), stop+4*maxKey)]
	m := boundForms().encoded.FindSubmatchIndex(rest)
	if m == nil || plainName(string(rest[m[2]:m[3]])) {
		return nil
	}
	return []span{{from: from, start: stop + m[2], end: stop + m[3], rule: ruleOf(k)}}
}

// dumped passes over what var_dump of PHP has before a text: string(12) "x".
func dumped(b []byte, p int) int {
	rest, ok := bytes.CutPrefix(b[p:min(len(b), p+16)], []byte("string("))
	if n := run(rest, 0, isDigit); ok && n > 0 && n+1 < len(rest) && rest[n] == ')' && rest[n+1] == ' ' {
		return p + len("string(") + n + 2
	}
	return p
}

// listed finds the value of the option "-p" in a list of arguments, as if it were
// typed in a shell.
func (l line) listed(begin, end int) []span {
	from, far := max(0, begin-2*maxKey), min(len(l.b), end+maxKey)
	typed := bytes.Clone(l.b[from:far])
	for i, c := range typed {
		if c == l.b[begin] || c == ',' {
			typed[i] = ' '
		}
	}
	out := line{b: typed, more: l.more || far < len(l.b), depth: l.depth}.typed(begin-from, end-1-from)
	for i := range out {
		out[i].from, out[i].start, out[i].end = out[i].from+from, out[i].start+from, out[i].end+from
	}
	return out
}

// withUser finds the value of "user x, pass y"; the word "pass" ends at end.
func (l line) withUser(from, end int) []span {
	p := run(l.b, end, isSpace)
	e := l.token(p)
	v := string(l.b[p:e])
	if (keyLike(v) || len(v) > 7 && restless(v) > 4) && boundForms().user.Match(l.b[max(0, from-maxKey):from]) {
		return keep(l.b, span{from: from, start: p, end: e, rule: RulePassword})
	}
	return nil
}
