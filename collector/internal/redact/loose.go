package redact

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// members is the end of a list or an object that is the value of a quoted name,
// as in "tokens":["a","b"]; p is where it opens. What it holds goes as a whole.
// Of objects this is so only for passwords and secrets named as such.
func (l line) members(from, p int, sep byte) (int, bool) {
	if sep != ':' || p >= len(l.b) || from == 0 || l.b[from-1] != '"' && l.b[from-1] != '\'' {
		return 0, false
	}
	closing := l.b[p] + 2 // of [ and {
	if l.b[p]|0x20 != '{' || marked(l.b, p) > p {
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

// forms are the ways in which a value follows a name without '=' or ':'.
type forms struct {
	registry, words, pair, before, value, login, element, plist, column, item, cmdlet, couple, change *regex.Regexp
}

var looseForms = sync.OnceValue(func() *forms {
	f := new(forms)
	f.registry = regex.MustCompile(`(?i)^["']?(?:;s:\d+:"([^"]+)|\s+REG_[A-Z_]+\s+(\S.*)|\s*[,(]\s*REG_[A-Z_]+\s*[),:]*\s*=?\s*["']?([^"'\s]+)|(?:\s+/t\s+\S+)?\s+/d\s+(?:"([^"]*)|(\S+))|\s+(?:property\. Its (?:current )?value is|(?:is\s+|was\s+)?set to|to value)\s+'(.+)'|\s+hash\s*[:=]\s*([0-9a-f]{32,})|(?:[,;]\s*|\s{2,})value\s*[:=]\s*([^\s"',;]+))`)
	f.words = regex.MustCompile(`^["']?(?:\s+(?:set\s+)?(?:is|was|ist|war|lautet|est|es|from|to|von|auf)\s*:?\s|\s*(?:->|→|\||,|;)|\s+[-–]\s|\s+(?:for|f\S{1,2}r|pour|para|of|von)(?:\s+user)?\s+\S+?(?::|\s+is|\s+ist|\s+lautet)\s|\s)\s*["']?([^\s"'|,;)]+)`)
	f.pair = regex.MustCompile(`(?i)(?:\b(?:id|type|n|field|path|property)|key|name)["']?\s*[=:]\s*(?:["']{1,2}(?:/(?:\w+/)*)?)?$`)
	f.before = regex.MustCompile(`(?i)\bvalue["']?\s*[=:]\s*["']([^"']+)["'],?\s*(?:where\s+)?["']?(?:key|name)["']?\s*[=:]\s*["']$`)
	f.value = regex.MustCompile(`(?i)(?:value|\bval)(?:["']?\s*[=:]\s*(?:""([^"]+)""|"([^"]*)|'([^']*))|>([^<]*))`)
	f.change = regex.MustCompile(`(?i)["'](?:old|new|before|after|previous|current|from|to)(?:[_-]?value)?["']\s*:\s*["']([^"']+)`)
	f.login = regex.MustCompile(`(?i)(?:^|\s)(?:login|user|username|account)\s+(?:[^aow\s]\S*|a[^n]\S*|an[^d]\S*|o[^r]\S*|w[^i]\S*)\s+$`)
	f.element = regex.MustCompile(`^["'][^<>]*>([^<>]+)<`)
	f.plist = regex.MustCompile(`(?i)^:?</(?:s>\s*<s n="value"|(?:key|name|string|param-name)>(?:\s*<\w+>)?\s*<[\w-]+|(?:t[dh]|dt|label|b|strong)>:?\s*<(?:td|dd|span|code|p)[^<>]*)>([^<]+)`)
	f.column = regex.MustCompile(`^["']?(?:\t+| {2,}|\s*:\s+)["']?([^\s"']+)["']?\s*$`)
	f.item = regex.MustCompile(`(?i)-name\s+["']?$`)
	f.cmdlet = regex.MustCompile(`(?i)^["']?\s(?:.*\s)?-value\s+(?:"([^"]*)|'([^']*)|(\S+))`)
	f.couple = regex.MustCompile(`^s?\s+[\w.@\\-]+(?:[:/]|\s/\s)(\S+)`)
	return f
})

// unseparated finds the value of a name that has no '=' or ':' behind it: in a
// table, a listing of the registry, a pair of attributes, or a sentence. Where
// only words stand between, the value has to look like a password.
func (l line) unseparated(k kind, from, stop int) []span {
	if l.inPath(from) && !l.oddWord(stop) {
		if looseForms().pair.Match(l.b[max(0, from-24):from]) { // the change of a document: "path": "/spec/password"
			return l.formed(k, from, stop)
		}
		return l.inName(k, from, stop)
	}
	if out := l.putting(k, from, stop); out != nil {
		return out
	}
	name := strings.ToLower(string(l.b[from:stop]))
	if strings.HasSuffix(name, "psk") || strings.Contains(name, "shared-") {
		k = kindPassword
	}
	out := l.spelledOut(k, from, stop)
	if out == nil {
		out = l.formed(k, from, stop)
	}
	if out != nil {
		return out
	}
	if k == kindSecret {
		if out := l.besides(k, from, stop); out != nil {
			return out
		}
	}
	if out := l.toldBefore(k, from, stop); out != nil {
		return out
	}
	if k == kindToken {
		if out := l.toldToken(from, stop); out != nil {
			return out
		}
	}
	if k == kindPassword || k == kindKey || k == kindSecret && (strings.HasSuffix(name, "secret") || strings.HasPrefix(name, "credential") && bytes.HasPrefix(l.b[stop:], []byte(" for ")) || name == "community" && bytes.HasPrefix(l.b[stop:], []byte(" string"))) {
		if out := l.told(k, from, stop); out != nil {
			return out
		}
	}
	return l.bound(k, from, stop)
}

// oddWord reports whether the word behind a blank at i is one that only a password
// or a key looks like, perhaps with the end of a file's name.
func (l line) oddWord(i int) bool {
	if i >= len(l.b) || l.b[i] != ' ' {
		return false
	}
	v, _, _ := strings.Cut(string(l.b[i+1:l.token(i+1)]), ".")
	return !isHex(v) && strong(v) && restless(v) > 3 && strings.ToLower(v) != v && strings.ToUpper(v) != v
}

// formed is unseparated without sentences in which the value may be of letters.
func (l line) formed(k kind, from, stop int) []span {
	f, rest := looseForms(), l.b[stop:min(len(l.b), stop+2*maxKey)]
	if f.pair.Match(l.b[max(0, from-24):from]) || l.inTag(from) && !attribute(string(l.b[from:stop])) {
		head := max(0, from-2*maxKey)
		if m := f.before.FindSubmatchIndex(l.b[head:from]); m != nil {
			if harmless(k, "", string(l.b[head+m[2]:head+m[3]]), '=') {
				return nil
			}
			return []span{{from: head + m[0], start: head + m[2], end: head + m[3], rule: ruleOf(k)}}
		}
		if out := l.changed(k, from, stop); out != nil {
			return out
		}
		for _, re := range []*regex.Regexp{f.value, f.element} {
			if m := re.FindSubmatchIndex(l.b[stop:min(len(l.b), stop+8*maxKey)]); m != nil {
				if out := l.loose(k, from, stop, m); out != nil {
					return out
				}
			}
		}
	}
	if f.item.Match(l.b[max(0, from-24):from]) {
		if m := f.cmdlet.FindSubmatchIndex(rest); m != nil {
			return l.loose(k, from, stop, m)
		}
	}
	if bytes.Contains(bytes.ToLower(l.b[max(0, from-maxKey):from]), []byte("itemproperty ")) {
		if p := stop + run(rest, 0, isSpace); p > stop && p < len(l.b) && l.b[p] != '-' {
			return l.loose(k, from, stop, []int{0, 0, p - stop, l.token(p) - stop})
		}
	}
	for _, re := range []*regex.Regexp{f.registry, f.plist} {
		if m := re.FindSubmatchIndex(rest); m != nil {
			return l.loose(k, from, stop, m)
		}
	}
	if m := f.column.FindSubmatchIndex(rest); m != nil && l.opens(from) && !(plain(string(rest[m[2]:m[3]])) && !digits(string(rest[m[2]:m[3]]))) && (compound(string(l.b[from:stop])) || keyLike(string(rest[m[2]:m[3]]))) {
		return l.loose(k, from, stop, m)
	}
	if k == kindKey || k == kindToken {
		if start, end := l.assigned(from, stop); start < end {
			return l.loose(k, from, stop, []int{0, 0, start - stop, end - stop})
		}
		return l.besides(k, from, stop)
	}
	if k != kindPassword && k != kindSecret {
		return nil
	}
	if start, end := l.directive(from, stop); start < end {
		return l.loose(k, from, stop, []int{0, 0, start - stop, end - stop})
	}
	if m := f.couple.FindSubmatchIndex(rest); k == kindSecret && m != nil && strong(string(rest[m[2]:m[3]])) {
		return l.loose(k, from, stop, m)
	}
	if v, ok := l.quotedValue(stop + run(rest, 0, isSpace)); ok && k == kindSecret && strong(string(l.b[v.start:v.end])) && restless(string(l.b[v.start:v.end])) > 3 {
		return l.loose(k, from, stop, []int{0, 0, v.start - stop, v.end - stop})
	}
	if k != kindPassword {
		return nil
	}
	if m := f.words.FindSubmatchIndex(rest); m != nil && !plainSetting(string(rest[m[2]:m[3]])) && (strong(string(rest[m[2]:m[3]])) || f.login.Match(l.b[max(0, from-maxKey):from]) && !message(rest[m[2]:m[3]])) {
		return l.loose(k, from, stop, m)
	}
	return nil
}

// changed finds the values of a field before and after a change:
// "field":"password","old":"x","new":"y".
func (l line) changed(k kind, from, stop int) (out []span) {
	rest := l.b[stop:min(len(l.b), stop+8*maxKey)]
	rest = rest[:run(rest, 0, func(c byte) bool { return c != '}' })]
	if attribute(string(l.b[from:stop])) {
		return nil
	}
	for _, m := range looseForms().change.FindAllSubmatchIndex(rest) {
		out = append(out, l.loose(k, from, stop, m)...)
	}
	return out
}

// keyLike reports whether the word of a column is a key, or a password as people
// choose them.
func keyLike(s string) bool {
	return random(s) || len(s) >= 24 && isHex(s) || len(s) >= 12 && restless(s) >= len(s)*3/5 && !strings.ContainsAny(s, "/\\:[(.-") && !plain(s) || strong(s) && strings.ToLower(s) != s && strings.ToUpper(s) != s
}

// besides finds the key that stands behind its name without a sign between
// them: the account key Zm9v...
func (l line) besides(k kind, from, stop int) []span {
	p := run(l.b, stop, func(c byte) bool { return isSpace(c) || c == '"' || c == '\'' || c == '[' || c == '(' })
	if p > stop && bytes.HasPrefix(l.b[p:], []byte("is ")) {
		p += 3
	}
	e := run(l.b[:min(len(l.b), p+maxShape)], p, func(c byte) bool { return isBase64(c) || c == '-' || c == '_' })
	if v := string(l.b[p:e]); p == stop || !random(v) && !hexKey(v) {
		return nil
	}
	return []span{{from: from, start: p, end: l.token(p), rule: ruleOf(k)}}
}

// compound reports whether a name is that of a variable: DB_PASSWORD, dbPassword.
func compound(name string) bool {
	return strings.ContainsAny(name, "_.-") || strings.ToLower(name) != name && strings.ToUpper(name) != name && strings.ToLower(name[1:]) != name[1:]
}

// directive finds the value of a setting that is the whole of its line, as in
// `password x` and `AuthLDAPBindPassword "x"`. Of a value without quotes the
// name must be one as settings have them, not the first word of a message.
func (l line) directive(from, stop int) (start, end int) {
	if len(l.b)-stop > 2*maxKey || l.more || !l.opens(from) {
		return 0, 0
	}
	m := directiveRE().FindSubmatchIndex(l.b[stop:])
	if m == nil {
		return 0, 0
	}
	if from > len(l.b[:from])-len(bytes.TrimLeft(l.b[:from], " \t")) { // behind export, set and the like
		return l.assigned(from, stop)
	}
	name := string(l.b[from:stop])
	switch quoted := max(m[2], m[4]); {
	case quoted >= 0:
		return stop + quoted, stop + max(m[3], m[5])
	case portOrOption(string(l.b[stop+m[6] : stop+m[7]])), alien(name) && (alien(string(l.b[stop+m[6]:stop+m[7]])) || plainName(string(l.b[stop+m[6]:stop+m[7]]))):
		return 0, 0
	case (talkedOf(name) || plainName(string(l.b[stop+m[6]:stop+m[7]]))) && message(l.b[stop+m[6]:stop+m[7]]) || bracketed(l.b[stop+m[6]:stop+m[7]]) || name != strings.ToLower(name) && !compound(name):
		return 0, 0
	}
	return stop + m[6], stop + m[7]
}

// alien reports whether a text has letters beyond ASCII, or words: it is no name of a
// setting then.
func alien(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return c >= 0x80 || c == ' ' }) >= 0
}

// assigned finds the value behind setx, setenv, ENV and the like.
func (l line) assigned(from, stop int) (start, end int) {
	if !l.opens(from) || len(bytes.TrimSpace(l.b[:from])) < 3 {
		return 0, 0
	}
	m := directiveRE().FindSubmatchIndex(l.b[stop:])
	if m == nil {
		return 0, 0
	}
	for i := 2; i < len(m); i += 2 {
		if m[i] >= 0 && !slices.Contains([]string{"prompt", "policy", "encryption"}, string(l.b[stop+m[i]:stop+m[i+1]])) {
			return stop + m[i], stop + m[i+1]
		}
	}
	return 0, 0
}

// bracketed matches (optional) and [y/n].
func bracketed(word []byte) bool {
	n := len(word)
	return n > 2 && strings.IndexByte("([{", word[0]) >= 0 && strings.IndexByte(")]}", word[n-1]) >= 0 && (common(string(word)) || n < 6 && word[2] == '/')
}

// talkedOf reports whether a name is one that messages have too.
func talkedOf(name string) bool {
	return slices.Contains([]string{"password", "passwords", "passphrase", "passwd", "passcode", "secret", "secrets", "credential", "credentials", "kennwort", "passwort"}, strings.ToLower(name))
}

var directiveRE = sync.OnceValue(func() *regex.Regexp {
	return regex.MustCompile(`^(?:[ \t]+(?:\d|ENC|enc|cipher|simple|encrypted|hashed|irreversible-cipher))?[ \t]+(?:"([^"]+)"|'([^']+)'|([^\s"'=:|]+=*));?[ \t]*(?:#.*|/[mM])?$`)
})

// message reports whether a word goes on with what a message says of a secret.
func message(word []byte) bool {
	w := strings.ToLower(strings.Trim(string(word), ".,;!?()"))
	if slices.Contains(prose(), w) || slices.Contains(states(), w) || slices.Contains([]string{
		"policy", "manager", "reset", "change", "settings", "file", "files", "prompt", "dialog", "hash", "protection", "database", "vault", "rotation", "management", "length", "age", "complexity", "accepted", "and", "or", "of", "for", "in", "on", "at", "to", "do", "does", "with",
	}, w) {
		return true
	}
	return w == "" || strings.HasSuffix(w, "ed") || strings.HasSuffix(w, "ing") && len(w) > 5 || strings.HasSuffix(w, "tion")
}

func (l line) loose(k kind, from, stop int, groups []int) []span {
	for i := 2; i+1 < len(groups); i += 2 {
		start, end := groups[i], groups[i+1]
		if start < 0 || start == end {
			continue
		}
		name, value := string(l.b[from:stop]), string(bytes.TrimRight(l.b[stop+start:stop+end], " \t"))
		if l.b[stop] == '"' && start > 0 && start < 3 && nextField(value) {
			return nil
		}
		if harmless(k, name, value, '=') {
			return nil
		}
		if strings.HasSuffix(value, `\`) { // before a quote inside of it
			if v, ok := l.quotedValue(stop + start - 1); ok {
				value = string(l.b[v.start:v.end])
			}
		}
		return []span{{from: from, start: stop + start, end: l.quotedWords(stop+start, stop+start+len(value)), rule: ruleOf(k)}}
	}
	return nil
}

// strong reports whether a word of a sentence looks like a password: letters
// and digits, and no code, time, path or address.
func strong(s string) bool {
	letters := strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) })
	return len(s) >= 8 && letters && strings.ContainsAny(s, "0123456789") && !hexCode(s) && !plain(s) && !strings.ContainsAny(s, "/\\:[(")
}
