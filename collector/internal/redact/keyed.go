package redact

import (
	"bytes"
	"slices"
	"strings"
)

// maxKey is the longest name of a setting that is looked at.
const maxKey = 128

// ruleOf names the rule of a keyed secret.
func ruleOf(k kind) string {
	switch k {
	case kindPassword:
		return RulePassword
	case kindSecret:
		return RuleSecret
	case kindToken:
		return RuleToken
	case kindKey:
		return RuleKey
	case kindCookie:
		return RuleCookie
	}
	return RuleAuth
}

// SecretName reports whether the name of a setting announces a secret.
func (r *Redactor) SecretName(name string) bool {
	for _, h := range r.words.all([]byte(name+"="), nil) {
		switch h.kind {
		case kindShape:
			if h.word == "key" && keyWord([]byte(name), h.end-len(h.word)) > 0 {
				return true
			}
		case kindPassword, kindSecret, kindToken, kindKey, kindAuth:
			return true
		}
	}
	return false
}

// keyed finds the value behind a name that contains a trigger word at begin.
func (l line) keyed(k kind, begin, end int) []span {
	from := runBack(l.b, begin, maxKey, isKey)
	stop := run(l.b[:min(len(l.b), end+maxKey)], end, func(c byte) bool { return isKey(c) || c >= 0x80 })
	stop = end + wideSign(l.b[end:stop])
	name := string(l.b[from:stop])
	if stop < len(l.b) && l.b[stop] == ':' && logFile(name) {
		return l.knit(k, from, end, stop)
	}
	if sourceFile(name) && (stop >= len(l.b) || l.b[stop] != '=') {
		return nil
	}
	if v, ok := l.sent(from, begin, end); ok {
		return v
	}
	if end < len(l.b) && l.b[end] == ' ' && strings.EqualFold(string(l.b[begin:end]), "pass") && l.b[from] != '-' && !bytes.HasPrefix(bytes.TrimLeft(l.b[end:], " :?+"), []byte("=")) && !l.inTag(from) && (from == begin || l.b[begin-1] != '_') { // of options alone: -storepass x
		if m := looseForms().registry.FindSubmatchIndex(l.b[end:min(len(l.b), end+2*maxKey)]); m != nil {
			return l.loose(k, from, end, m)
		}
		return l.withUser(from, end)
	}
	if strings.EqualFold(string(l.b[begin:end]), "pass") && !l.passes(from, begin, end) || otherWord(name) || strings.EqualFold(string(l.b[begin:end]), "phrase") && !l.phraseName(end) {
		return nil
	}
	p, sep := l.separator(from, stop)
	if sep == 0 {
		if out := l.knit(k, from, end, stop); out != nil {
			return out
		}
		return l.unseparated(k, from, stop)
	}
	if p >= len(l.b) {
		if l.more {
			return []span{{from: from, start: len(l.b), end: len(l.b)}}
		}
		return nil
	}
	if k == kindAuth {
		if strings.HasSuffix(name, "_uri") {
			return nil
		}
		return l.header(from, p)
	}
	if l.b[p] == '<' && sep == ':' && bytes.HasPrefix(l.b[p:], []byte("</")) {
		return l.formed(k, from, stop)
	}
	if l.isHelp(from, stop, p, sep) {
		return nil
	}
	if l.b[p] == '{' && sep == ':' && (attribute(name) || described(l.b[p:]) || k == kindToken && counted(l.b[p:])) { // "passwordPolicy":{...}
		return nil
	}
	lower := strings.ToLower(name)
	if strings.EqualFold(string(l.b[begin:end]), "community") && (!strings.HasSuffix(lower, "community") && !strings.HasSuffix(lower, "string") || bytes.ContainsRune(l.b[p:l.token(p)], '/') || sep == ':' && spokenForms().words.Match(l.b[p:min(len(l.b), p+maxKey)])) {
		return nil // of users, not of SNMP
	}
	v := l.value(from, p, sep, k == kindCookie && sep == ':')
	if sep == '>' && l.synopsis(v) {
		return nil
	}
	if sep != '=' && l.speaks(from, stop, p, sep) || sep == ':' && k == kindCookie && lower == "cookies" && bytes.IndexByte(l.b[v.start:v.end], '=') < 0 {
		return nil
	}
	if v.end = l.exported(v.start, l.bytesBehind(v)); v.start >= v.end || harmless(k, name, string(l.b[v.start:v.end]), sep) || k == kindToken && sep == ':' && l.parsing(from) {
		return nil
	}
	v.from, v.rule = from, ruleOf(k)
	if bytes.HasPrefix(l.b[v.end:], []byte(" / ")) && k == kindSecret { // credentials: user / password
		if e := l.token(v.end + 3); keyLike(string(l.b[v.end+3 : e])) {
			v.end = e
		}
	}
	switch {
	case sep == '(':
		return l.secondArgument(k, v)
	case sep == ':' && strings.EqualFold(string(l.b[begin:end]), "phrase") && v.start == p:
		v.end = l.restOfLine(p)
	}
	if k == kindPassword {
		v.end = l.phraseEnd(name, v.start, v.end)
	}
	if rest, ok := bytes.CutPrefix(l.b[v.end:], []byte(`" -> "`)); ok { // of Terraform
		if n := bytes.IndexByte(rest, '"'); n > 0 {
			return []span{v, {from: from, start: len(l.b) - len(rest), end: len(l.b) - len(rest) + n, rule: v.rule}}
		}
	}
	return []span{v}
}

// passes reports whether "pass" at begin means a password: not in "bypass=",
// nor in the "pass: 12" of a test.
func (l line) passes(from, begin, end int) bool {
	head := strings.ToLower(string(l.b[runBack(l.b, begin, maxKey, isLetter):begin]))
	for _, w := range []string{"by", "com", "sur", "over", "under", "tres", "multi", "im"} {
		if strings.HasSuffix(head, w) {
			return false
		}
	}
	if from < begin || end >= len(l.b) || l.b[end] != ':' {
		return true
	}
	if v := string(l.b[end+1 : l.token(end+1)]); strong(v) && strings.ToLower(v) != v && strings.ToUpper(v) != v {
		return true // as people choose them
	}
	return from > 0 && l.b[from-1] == '/' || bytes.Contains(bytes.ToLower(l.b[max(0, from-maxKey):from]), []byte("user"))
}

// separator finds what stands between the name that ends at i and its value:
// one of '=', ':' and '>' (an XML element), or ' ' for an option. It returns
// the begin of the value, and 0 when there is no value.
func (l line) separator(from, i int) (int, byte) {
	b := l.b
	quoted := skipQuotes(b, i)
	if quoted < len(b) && b[quoted] == ']' && bytes.HasSuffix(bytes.TrimRight(b[:from], `"'`), []byte("[")) { // Config["Password"] = "x"
		quoted++
	}
	if quoted < len(b) && from > 0 && (b[quoted] == '%' && b[from-1] == '%' || b[quoted] == '}' && bytes.HasPrefix(bytes.TrimLeft(b[quoted+1:min(len(b), quoted+4)], " "), []byte("="))) { // %PASSWORD% = x, ${PASSWORD}=x
		quoted++
	}
	p := gap(b, remark(b, quoted))
	if p+1 < len(b) && b[p+1] == '=' && strings.IndexByte(`?+%\`, b[p]) >= 0 { // of make and CEF
		p++
	}
	switch {
	case p+3 < len(b) && b[p] == 0xef && wideSign(b[p:p+3]) == 0: // of full width
		return run(b, p+3, isSpace), ':'
	case p < len(b) && (b[p] == '=' || b[p] == ':'):
		sep := b[p]
		p = gap(b, run(b, p+1, func(c byte) bool { return c == '=' || c == ':' || c == '>' || isSpace(c) }))
		if sep == '=' && p+3 < len(b) && b[p] == '3' && (b[p+1] == 'A' || b[p+1] == 'D') && b[p+2] == ' ' { // of quoted-printable
			p = run(b, p+3, isSpace)
		}
		if from > 0 && b[from-1] == '*' { // **Password:** x
			p = run(b, p, func(c byte) bool { return c == '*' || isSpace(c) })
		}
		return p, sep
	case p == i && p+1 < len(b) && b[p] == '~' && isLetter(b[p+1]) && talkedOf(string(b[from:i])): // of a dump
		return p + 1, '='
	case p > i && p+2 < len(b) && b[p] == '.' && b[p+1] == ' ' && b[p+2] == '"': // of Lisp
		return p + 2, ' '
	case dotted(b, p) > p:
		return dotted(b, p), '.'
	case quoted > i && quoted < len(b) && b[quoted] == ',' && b[from] == '-': // "--password", "x"
		return run(b, quoted+1, isSpace), ' '
	case i < len(b) && b[i] == '(' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\'') && !reads(string(b[from:i])):
		return i + 1, '('
	case p > i && l.inTag(from):
		return l.behindTag(i)
	case p < len(b) && b[p] == '>' && from > 0 && (b[from-1] == '<' || b[from-1] == ':'):
		return p + 1, '>'
	case i < len(b) && b[i] == '>' && bytes.IndexByte(b[i:min(len(b), i+2*maxKey)], '<') > 1: // a tag that lost its begin
		return i + 1, '>'
	case from < len(b) && b[from] == '-' && p > quoted && (from == 0 || !isIdent(b[from-1])):
		return p, ' '
	case from > 0 && b[from-1] == '/' && p > quoted && (from == 1 || isSpace(b[from-2])) && !bytes.HasPrefix(b[p:], []byte("HTTP/")) && l.slashed(from):
		return p, ' '
	case p >= len(b) && l.more:
		return p, ' '
	}
	return i, 0
}

// gap passes over blanks and the colours of terminals.
func gap(b []byte, i int) int {
	for {
		i = run(b, i, isSpace)
		if i+1 >= len(b) || b[i] != 0x1b || b[i+1] != '[' {
			return i
		}
		i = min(len(b), run(b, i+2, func(c byte) bool { return isDigit(c) || c == ';' })+1)
	}
}

// slashed reports whether the options of a line begin with '/': there is another
// one, or the name of a program.
func (l line) slashed(from int) bool {
	head := bytes.ToLower(l.b[max(0, from-2*maxKey) : from-1])
	for _, w := range []string{".exe", ".vbs", ".cmd", ".bat", " /"} {
		if i := bytes.LastIndex(head, []byte(w)); i >= 0 && (w != " /" || bytes.IndexByte(head[i+2:], '/') < 0) {
			return true
		}
	}
	return false
}

// wideSign is the index of a colon, an equals sign or an arrow beyond ASCII, or
// the length.
func wideSign(b []byte) int {
	for _, sign := range []string{"\uff1a", "\uff1d", "\u2192"} {
		if i := bytes.Index(b, []byte(sign)); i >= 0 {
			return i
		}
	}
	return len(b)
}

// remark passes over what may stand between a name and its separator: signs of
// Markdown, "(new)", "[1]" and a row of dots. It returns i when no separator follows.
func remark(b []byte, i int) int {
	j := run(b, i, func(c byte) bool { return c == '*' || c == '`' })
	if k := run(b, j, isSpace); k < len(b) && (b[k] == '[' || b[k] == '(' && k > j) {
		if e := run(b[:min(len(b), k+32)], k+1, func(c byte) bool { return isIdent(c) || isSpace(c) }); e < len(b) && (isLetter(b[k+1]) || b[k] == '[' && bytes.HasPrefix(b[e:], []byte("]="))) && (b[e] == ')' || b[e] == ']') {
			j = e + 1
		}
	}
	p := run(b, j, func(c byte) bool { return c == '.' || isSpace(c) })
	if p < len(b) && (b[p] == ':' || b[p] == '=') {
		return p
	}
	return i
}

// dotted is the begin of the word behind a row of dots, or i.
func dotted(b []byte, i int) int {
	p := run(b, i, func(c byte) bool { return c == '.' })
	if q := run(b, p, isSpace); p-i > 2 && q > p && q < len(b) {
		return q
	}
	return i
}

// inTag reports whether an XML tag begins before from: <Password, <wsse:Password.
func (l line) inTag(from int) bool {
	if from > 0 && l.b[from-1] == ':' {
		from = runBack(l.b, from-1, maxKey, isKey)
	}
	return from > 0 && l.b[from-1] == '<'
}

// parsing reports whether the word before a token is that of a parser.
func (l line) parsing(from int) bool {
	head := strings.Fields(strings.ToLower(string(l.b[max(0, from-maxKey):from])))
	return len(head) > 0 && slices.Contains([]string{"unexpected", "expected", "expecting", "lexer", "parser", "syntax"}, head[len(head)-1])
}

// behindTag is the begin of the text of an XML element whose name ends at i.
func (l line) behindTag(i int) (int, byte) {
	e := bytes.IndexByte(l.b[i:min(len(l.b), i+2*maxKey)], '>')
	if e < 0 || l.b[i+e-1] == '/' || l.b[i+e-1] == '?' {
		return i, 0
	}
	return i + e + 1, '>'
}

// valueTag passes over the <Value> that answer files have in an element.
func valueTag(b []byte, p int) int {
	const tag = "<value>"
	if q := run(b, p, isSpace); q+len(tag) <= len(b) && strings.EqualFold(string(b[q:q+len(tag)]), tag) {
		return q + len(tag)
	}
	return p
}

// skipQuotes passes over the end of a quoted name, escaped or not: `"`, `\"`.
func skipQuotes(b []byte, i int) int {
	j := run(b, i, func(c byte) bool { return c == '\\' })
	if j < len(b) && (b[j] == '"' || b[j] == '\'') {
		if j == i && bytes.HasPrefix(b[j:], []byte(`"":`)) { // of CSV
			j++
		}
		return j + 1
	}
	return i
}

// value finds the extent of a value that begins at p.
func (l line) value(from, p int, sep byte, rest bool) span {
	b := l.b
	if rest := b[p:min(len(b), p+16)]; bytes.HasPrefix(rest, []byte("string(")) { // of PHP: string(16) "x"
		p += max(0, bytes.IndexByte(rest, '"'))
	}
	if s, ok := l.quotedValue(p); ok {
		return l.beyond(p, s)
	}
	if s, ok := typographic(b, p); ok {
		return s
	}
	if p+1 < len(b) && strings.IndexByte("NnEeBbUuRrLl@$", b[p]) >= 0 && (b[p+1] == '\'' || b[p+1] == '"') { // N'x' of SQL, b'x' of Python
		if s, ok := l.quotedValue(p + 1); ok {
			return s
		}
	}
	if sep == '=' && b[p] == '<' {
		if i := bytes.IndexByte(b[p:min(len(b), p+maxKey)], '>'); i > 1 && keyLike(string(b[p+1:p+i])) {
			return span{start: p + 1, end: p + i}
		}
	}
	if sep == '=' && b[p] == '{' { // of ODBC
		if i := bytes.IndexByte(b[p:min(len(b), p+2*maxKey)], '}'); i > 1 {
			return span{start: p + 1, end: p + i}
		}
	}
	if end, ok := l.members(from, p, sep); ok {
		return span{start: p + 1, end: end}
	}
	if sep == '>' {
		p = valueTag(b, p)
		if data, ok := bytes.CutPrefix(b[p:], []byte("<![CDATA[")); ok {
			p = len(b) - len(data)
			if i := bytes.Index(data, []byte("]]>")); i >= 0 {
				return span{start: p, end: p + i}
			}
			return span{start: p, end: len(b)}
		}
		if i := bytes.IndexByte(b[p:], '<'); i >= 0 {
			return span{start: p, end: p + i}
		}
		return span{start: p, end: len(b)}
	}
	if rest { // a header
		s := span{start: p, end: len(bytes.TrimRight(b, " \t\r"))}
		if n := bytes.IndexByte(b[p:], '"'); n > 0 && b[p+n-1] != '\\' && l.inString(from) {
			s.end = p + n
		}
		return s
	}
	if sep != ' ' && l.opens(from) {
		return span{start: p, end: l.restOfLine(p)}
	}
	return span{start: p, end: l.spaced(from, p, sep)}
}

// quotedValue finds a value between quotes. An escaped quote (JSON inside of a
// string) is closed by the same number of backslashes.
func (l line) quotedValue(p int) (span, bool) {
	b := l.b
	q := run(b, p, func(c byte) bool { return c == '\\' })
	if q >= len(b) || (b[q] != '"' && b[q] != '\'' && b[q] != '`') {
		return span{}, false
	}
	slashes, quote := q-p, b[q]
	if triple := bytes.Repeat(b[q:q+1], 3); bytes.HasPrefix(b[q:], triple) { // of TOML and Python
		if i := bytes.Index(b[q+3:], triple); i > 0 {
			return span{start: q + 3, end: q + 3 + i}, true
		}
	}
	if slashes == 0 && quote == '"' && q+2 < len(b) && b[q+1] == quote && !(line{b: b}).closes(q+2) { // of CSV
		if i := bytes.Index(b[q+2:], []byte(`""`)); i > 0 {
			return span{start: q + 2, end: q + 2 + i}, true
		}
	}
	for i := q + 1; i < len(b); i++ {
		n := run(b, i, func(c byte) bool { return c == '\\' }) - i
		if i+n < len(b) && b[i+n] == quote && n == slashes {
			return span{start: q + 1, end: i}, true
		}
		i += n
	}
	return span{start: q + 1, end: len(b)}, true
}

// beyond extends a value in quotes over a quote inside of it: one that a word
// follows at once, and behind it, in the line, a quote that ends a value.
func (l line) beyond(p int, s span) span {
	b := l.b
	for n := 0; n < 4 && s.start == p+1 && s.end+1 < len(b); n++ {
		next := s.end + 1
		if !isKnit(b[next]) && strings.IndexByte("!@#$%^*_~", b[next]) < 0 && !(b[next] == b[p] && next+1 < len(b) && isKnit(b[next+1])) {
			break
		}
		near := l
		near.b = b[:min(len(b), next+maxKey)]
		e := near.token(next)
		for i := next + 1; i < len(near.b) && b[i] != '='; i++ {
			if b[i] == b[p] && l.closes(i+1) {
				e = i
				break
			}
		}
		s.end = e
	}
	return s
}

// typographic finds a value between the quotes of books, in UTF-8, in Windows-1252
// and in the view of UTF-16.
func typographic(b []byte, p int) (span, bool) {
	rest, n, closing := b[p:], 0, ""
	switch {
	case bytes.HasPrefix(rest, []byte("\u00ab")):
		n, closing = 2, "\u00bb"
	case len(rest) > 2 && rest[0] == 0xe2 && rest[1] == 0x80 && rest[2] >= 0x98 && rest[2] <= 0x9e:
		n, closing = 3, "\xe2\x80"
	case rest[0] == 0x93 || rest[0] == 0x84:
		n, closing = 1, "\x94"
		if rest[0] == 0x84 {
			closing = "\x93"
		}
	case rest[0] == 0x9c || rest[0] == 0x9e:
		n, closing = 1, "\x9d"
		if rest[0] == 0x9e {
			closing = "\x9c"
		}
	case rest[0] == 0x98:
		n, closing = 1, "\x99"
	default:
		return span{}, false
	}
	i := bytes.Index(rest[n:min(len(rest), 2*maxKey)], []byte(closing))
	return span{start: p + n, end: p + n + i}, i > 0
}

// inString reports whether the quote before from opens a string, as in JSON.
func (l line) inString(from int) bool {
	head := l.b[max(0, from-2*maxKey):from]
	head = bytes.TrimRight(head[:max(0, bytes.LastIndexByte(head, '"'))], " ")
	return len(head) > 0 && strings.IndexByte(":,[{(=", head[len(head)-1]) >= 0
}

// opens reports whether a name stands at the begin of its line, as in a
// configuration file; its value then is the rest of the line.
func (l line) opens(from int) bool {
	if !l.begin {
		return false
	}
	head := strings.TrimLeft(strings.TrimSpace(string(l.b[:min(from, maxKey)])), "\ufeff\"'$")
	return from < maxKey && (head == "" || head == "export" || head == "set" || head == "setx" || head == "enable" || head == "-" || head == "env:" || head == "setenv" || strings.EqualFold(head, "config set") || head == "ENV" || head == "ARG" || head == "declare -x")
}

// restOfLine ends before the next setting of the same line: "; Server=".
func (l line) restOfLine(p int) int {
	b := l.b
	for i := p; i < len(b); i++ {
		switch c := b[i]; {
		case c == ';' || c == '&' || c == ',' || isSpace(c):
			if nextSetting(b, i+1) {
				return i
			}
		}
	}
	return len(bytes.TrimRight(b, " \t\r"))
}

// knit finds the value that is in one word with its name, as in the name of a
// file: token_x.log. It has to look like a key.
func (l line) knit(k kind, from, end, stop int) []span {
	p := run(l.b[:stop], end, isLetter)
	if p == stop || strings.IndexByte("-_.", l.b[p]) < 0 {
		return nil
	}
	p++
	if bytes.HasPrefix(l.b[p:stop], []byte("is_")) {
		p += 3
	}
	e := run(l.b[:stop], p, isKnit)
	if v := string(l.b[p:e]); !random(v) && !hexKey(v) && !l.ofFile(k, v, from, e) {
		return nil
	}
	return []span{{from: from, start: p, end: e, rule: ruleOf(k)}}
}

// ofFile reports whether a word behind the name of a password in the name of a file
// is one: it is no word of a text, and nothing else follows in the name.
func (l line) ofFile(k kind, word string, from, end int) bool {
	if k != kindPassword && !((k == kindSecret || k == kindToken) && strong(word)) || len(word) < 4 || common(strings.Trim(word, "0123456789")) || from > 0 && strings.IndexByte(`/\"' `, l.b[from-1]) < 0 {
		return false
	}
	rest := strings.ToLower(string(l.b[end:min(len(l.b), end+5)]))
	return len(rest) > 3 && slices.Contains([]string{".log", ".txt", ".cfg", ".ini", ".bak", ".old"}, rest[:4]) && (len(rest) < 5 || !isIdent(rest[4]))
}

// bytesBehind is the end of a value whose bytes are written apart: 5a b2 cd.
func (l line) bytesBehind(v span) int {
	pair := func(i int) bool { return i+2 <= len(l.b) && isHex(string(l.b[i:i+2])) && l.closes(i+2) }
	end := v.end
	for n := 0; n < maxKey && v.end-v.start == 2 && pair(v.start+3*n); n++ {
		if n > 3 {
			end = v.start + 3*n + 2
		}
	}
	return end
}

// spaced is token for a value that may have blanks in it: those of connection
// strings go on to the next ';'.
func (l line) spaced(from, p int, sep byte) int {
	e := l.token(p)
	if sep != '=' || from == 0 || l.b[from-1] != ';' && l.b[from-1] != ',' || e >= len(l.b) || l.b[e] != ' ' {
		return e
	}
	rest := l.b[e:min(len(l.b), e+maxKey)]
	if words := strings.Fields(string(rest)); l.b[from-1] == ';' && !l.more && e+len(rest) == len(l.b) && len(words) < 4 && !bytes.ContainsAny(rest, ";,:=\"'<>()[]{}") && !slices.ContainsFunc(words, common) {
		return e + len(bytes.TrimRight(rest, " \t\r")) // the last setting
	}
	if i := bytes.IndexAny(rest, string(l.b[from-1])+"\"'<>="); i > 0 && rest[i] == l.b[from-1] {
		if j := run(rest, i+1, func(c byte) bool { return isKey(c) || c == ' ' }); l.closes(e+i+1) || j < len(rest) && rest[j] == '=' {
			return e + i
		}
	}
	return e
}

// nextSetting reports whether a name and '=' stand at i.
func nextSetting(b []byte, i int) bool {
	i = run(b, i, isSpace)
	j := run(b, i, isKey)
	return j > i && j-i < maxKey && j < len(b) && b[j] == '='
}

// token ends an unquoted value inside of a line.
func (l line) token(p int) int {
	b := l.b
	if m := marked(b, p); m > p {
		p = m
	}
	for i := p; i < len(b); i++ {
		switch c := b[i]; {
		case isSpace(c) || c == '<' || c == 0x1b:
			return i
		case c == ';' || c == '&' || c == ',':
			if i+1 >= len(b) && !l.more || i+1 < len(b) && (isSpace(b[i+1]) || b[i+1] == '"' || b[i+1] == '\'') || nextSetting(b, i+1) || nextMember(b, i+1) {
				return i
			}
		case strings.IndexByte(`"')]}>`, c) >= 0 && l.closes(i+1):
			return i
		}
	}
	return len(b)
}

// nextMember reports whether a name and ':' stand at i, as in {a:1,b:2}.
func nextMember(b []byte, i int) bool {
	i = skipQuotes(b, run(b, i, isSpace))
	j := run(b, i, isKey)
	k := skipQuotes(b, j)
	return j > i && j-i < maxKey && k < len(b) && b[k] == ':'
}

// closes reports whether what stands at i lets a quote or bracket before it end a value.
func (l line) closes(i int) bool {
	if i >= len(l.b) {
		return !l.more
	}
	return isSpace(l.b[i]) || strings.IndexByte(`,;:.)]}>"'<&`, l.b[i]) >= 0
}

// counted reports whether an object has numbers alone: {"in":17,"out":4}.
func counted(b []byte) bool {
	end := bytes.IndexByte(b, '}')
	return end > 0 && bytes.IndexByte(b[1:end], '{') < 0 && !bytes.Contains(b[:end], []byte(`":"`)) && !bytes.Contains(b[:end], []byte(`": "`)) && bytes.IndexByte(b[:end], '[') < 0
}
