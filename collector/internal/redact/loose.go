package redact

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
)

// members is the end of a list or an object that is the value of a quoted name,
// as in "tokens":["a","b"]; p is where it opens. What it holds goes as a whole.
// Of objects this is so only for passwords and secrets named as such.
func (l line) members(from, p int, sep byte) (int, bool) {
	if sep != ':' || p >= len(l.b) || from == 0 || l.b[from-1] != '"' && l.b[from-1] != '\'' {
		return 0, false
	}
	closing := map[byte]byte{'[': ']', '{': '}'}[l.b[p]]
	if closing == 0 || marked(l.b, p) > p {
		return 0, false
	}
	quoted, depth := false, 0
	for i := p; i < len(l.b); i++ {
		switch c := l.b[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == l.b[p]:
			depth++
		case c == closing:
			if depth--; depth == 0 {
				return i, true
			}
		}
	}
	return len(l.b), true
}

// looseForms are the ways in which a value follows a name without '=' or ':'.
var looseForms = sync.OnceValue(func() (f struct{ registry, words, pair, value, login *regexp.Regexp }) {
	f.registry = regexp.MustCompile(`^["']?\s+REG_[A-Z_]+\s+(\S+)`)
	f.words = regexp.MustCompile(`^["']?(?:\s+(?:is|was)\s*:?\s|\s*(?:->|\||,)|\s+for(?:\s+user)?\s+\S+:\s|\s)\s*["']?([^\s"'|,;)]+)`)
	f.pair = regexp.MustCompile(`(?i)\b(?:key|name|id)["']?\s*[=:]\s*["']$`)
	f.value = regexp.MustCompile(`(?i)\bvalue(?:["']?\s*[=:]\s*(?:"([^"]*)|'([^']*))|>([^<]*))`)
	f.login = regexp.MustCompile(`(?:^|\s)login\s+\S+\s+$`)
	return f
})

// unseparated finds the value of a name that has no '=' or ':' behind it: in a
// table, a listing of the registry, a pair of attributes, or a sentence. Where
// only words stand between, the value has to look like a password.
func (l line) unseparated(k kind, from, stop int) []span {
	forms, rest := looseForms(), l.b[stop:min(len(l.b), stop+2*maxKey)]
	if forms.pair.Match(l.b[max(0, from-24):from]) {
		if m := forms.value.FindSubmatchIndex(rest); m != nil {
			return l.loose(k, from, stop, max(m[2], m[4], m[6]), max(m[3], m[5], m[7]))
		}
	}
	if m := forms.registry.FindSubmatchIndex(rest); m != nil {
		return l.loose(k, from, stop, m[2], m[3])
	}
	if k != kindPassword {
		return nil
	}
	if m := forms.words.FindSubmatchIndex(rest); m != nil && (strong(string(rest[m[2]:m[3]])) || forms.login.Match(l.b[max(0, from-maxKey):from])) {
		return l.loose(k, from, stop, m[2], m[3])
	}
	return nil
}

func (l line) loose(k kind, from, stop, start, end int) []span {
	name, value := string(l.b[from:stop]), string(l.b[stop+start:stop+end])
	if start == end || harmless(k, name, value, '=') {
		return nil
	}
	return []span{{from: from, start: stop + start, end: stop + end, rule: ruleOf(k)}}
}

// strong reports whether a word of a sentence looks like a password: letters
// and digits, and no code, time, path or address.
func strong(s string) bool {
	letters := strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) })
	return len(s) >= 8 && letters && strings.ContainsAny(s, "0123456789") && !hexCode(s) && !plain(s) && !strings.ContainsAny(s, "/\\:[(")
}

// pending says how a value goes on in the lines behind its name.
type pending uint8

const (
	pendingNone   pending = iota
	pendingString         // "password": and then "x", in lines of its own
	pendingList           // "tokens": [ and then "x", in lines of its own
	pendingBlock          // password: | and then indented lines
	pendingLine           // password=\ and then one line
	pendingText           // <Password> and then its text
)

// opensValue tells whether a line ends with the name of a secret whose value
// stands in the next one.
func (r *Redactor) opensValue(b []byte) pending {
	b = bytes.TrimRight(b, " \t\r")
	var how pending
	switch {
	case bytes.HasSuffix(b, []byte(`\`)):
		b, how = b[:len(b)-1], pendingLine
	case bytes.HasSuffix(b, []byte(`|`)), bytes.HasSuffix(b, []byte(`|-`)), bytes.HasSuffix(b, []byte(`: >`)), bytes.HasSuffix(b, []byte(`: >-`)):
		b, how = bytes.TrimRight(b, "|>-"), pendingBlock
	case bytes.HasSuffix(b, []byte(`:`)):
		how = pendingString
	case bytes.HasSuffix(b, []byte(`[`)):
		b, how = bytes.TrimRight(b, "[ "), pendingList
	case bytes.HasSuffix(b, []byte(`>`)):
		b, how = b[:len(b)-1], pendingText
	default:
		return pendingNone
	}
	if b = bytes.TrimRight(b, " \t"); how != pendingText {
		n := len(b)
		if b = bytes.TrimRight(b, ":="); len(b) == n {
			return pendingNone
		}
	}
	b = bytes.TrimRight(b, " \t")
	quoted := bytes.HasSuffix(b, []byte(`"`)) || bytes.HasSuffix(b, []byte(`'`))
	b = bytes.TrimRight(b, `"'`)
	from := runBack(b, len(b), maxKey, isKey)
	opened := from > 0 && b[from-1] == '<'
	if (how == pendingString || how == pendingList) && !quoted || how == pendingText && !opened || !r.SecretName(string(b[from:])) {
		return pendingNone
	}
	return how
}

// goesOn finds the value in a line behind that of its name, and says whether
// the next line has more of it.
func (p pending) goesOn(b []byte) ([]span, pending) {
	text := bytes.TrimSpace(b)
	start := bytes.Index(b, text)
	sp := span{from: start, start: start, end: start + len(text), rule: RuleSecret}
	switch p {
	case pendingString, pendingList:
		if len(text) < 2 || text[0] != '"' {
			return nil, pendingNone
		}
		v, _ := line{b: b}.quotedValue(start)
		v.from, v.rule = start, RuleSecret
		if p == pendingString {
			p = pendingNone
		}
		return keep(b, v), p
	case pendingBlock:
		if len(text) == 0 || start == 0 {
			return nil, pendingNone
		}
		return keep(b, sp), p
	case pendingText:
		if i := bytes.IndexByte(text, '<'); i >= 0 {
			sp.end, p = start+i, pendingNone
		}
		return keep(b, sp), p
	}
	return keep(b, sp), pendingNone
}

// keep drops a span that holds nothing or a mark.
func keep(b []byte, s span) []span {
	if s.start >= s.end || marked(b, s.start) == s.end {
		return nil
	}
	return []span{s}
}
