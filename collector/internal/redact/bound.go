package redact

import (
	"bytes"
	"strings"
)

// bound finds the value beside the name of a variable where no '=' or ':' stands
// between them: behind an arrow, in a list, in quotes, in a sentence. It has to look
// like a key or as people choose passwords.
func (l line) bound(k kind, from, stop int) []span {
	f, name := toldForms(), string(l.b[from:stop])
	if !compound(name) || !f.named.MatchString(name) {
		return nil
	}
	m := f.next.FindSubmatchIndex(l.b[stop:min(len(l.b), stop+2*maxKey)])
	if m == nil {
		return nil
	}
	out := l.loose(k, from, stop, m[2:])
	for _, s := range out {
		v, bare := string(l.b[s.start:s.end]), m[8] >= 0
		if !keyLike(v) && (bare || !phraseWords(v)) || bare && m[2] < 0 && !random(v) && !hexKey(v) && !strings.ContainsAny(v, "!#$%^&*@~?+") {
			return nil
		}
	}
	return out
}

// phraseWords reports whether a text is a passphrase of several words, and no
// sentence: small letters and digits, with a digit among them.
func phraseWords(text string) bool {
	words := strings.Fields(text)
	for _, w := range words {
		if common(w) || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.ContainsAny(text, "0123456789") && len(words) > 2 && len(words) < 9
}

// phraseEnd is the end of a passphrase of several words whose first one ends at end:
// of all words up to the end of the line, or end.
func (l line) phraseEnd(name string, start, end int) int {
	if lower := strings.ToLower(name); l.more || len(l.b)-start > maxKey || !strings.Contains(lower, "phrase") && !strings.Contains(lower, "wort") {
		return end
	}
	if text := bytes.TrimRight(l.b[start:], " \t\r\"}"); phraseWords(string(text)) {
		return max(end, start+len(text))
	}
	return end
}

// spelledOut finds the value behind the name of its encoding: password (base64) x.
func (l line) spelledOut(k kind, from, stop int) []span {
	rest := l.b[stop:min(len(l.b), stop+4*maxKey)]
	m := toldForms().encoded.FindSubmatchIndex(rest)
	if m == nil || plainName(string(rest[m[2]:m[3]])) {
		return nil
	}
	return l.loose(k, from, stop, m)
}

// listed finds the value of the option "-p" in a list of arguments, as if it were
// typed in a shell.
func (l line) listed(begin, end int) []span {
	typed := line{b: asTyped(l.b[begin:min(len(l.b), end+maxKey)], end-1-begin)}
	out := typed.chosen(0, end-1-begin)
	for i := range out {
		out[i] = span{from: begin, start: out[i].start + begin, end: out[i].end + begin, rule: RuleOption}
	}
	return out
}

// withUser finds the value of "user x, pass y"; the word "pass" ends at end.
func (l line) withUser(from, end int) []span {
	p := run(l.b, end, isSpace)
	e := l.token(p)
	if v := string(l.b[p:e]); !keyLike(v) && (len(v) < 8 || restless(v) < 5) || !toldForms().user.Match(l.b[max(0, from-maxKey):from]) {
		return nil
	}
	return l.loose(kindPassword, from, end, []int{0, 0, p - end, e - end})
}
