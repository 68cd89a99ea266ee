package redact

import (
	"bytes"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// pending says how a value goes on in the lines behind its name.
type pending uint8

const (
	pendingNone   pending = iota
	pendingString         // "password": and then "x", in lines of its own
	pendingBlock          // password: | and then indented lines
	pendingLine           // password=\ and then one line
	pendingPair           // name: password and then value: x
	pendingDouble         // password = """ and then lines up to """
	pendingSingle         // password = ''' and then lines up to '''
	pendingHere           // password = @' and then lines up to '@
	pendingPart           // name="password" of a form, headers, an empty line and then one line
	pendingBody           // the one line
	pendingAnswer         // expect "assword:" and then send "x"
	pendingSent           // base64 that is what somebody sends in the next line
)

// long reports whether the value has as many lines as it likes.
func (p pending) long() bool {
	return p == pendingBlock || p == pendingDouble || p == pendingSingle || p == pendingHere
}

// opensValue tells whether a line ends with the name of a secret whose value
// stands in the next one; spans are the secrets of the line.
func (r *Redactor) opensValue(b []byte, spans []span) pending {
	b = bytes.TrimRight(b, " \t\r")
	if tail := b[max(0, len(b)-64):]; bytes.Contains(tail, []byte("assword")) && bytes.Contains(tail, []byte("expect")) {
		return pendingAnswer
	}
	if bytes.HasSuffix(b, []byte(":")) && pendingForms().number.Match(b) {
		return pendingBlock
	}
	if b = b[max(0, len(b)-2*maxKey):]; len(spans) == 0 && !r.SecretName(string(b)) {
		return pendingNone
	}
	if how := r.opensLong(b, spans); how != pendingNone {
		return how
	}
	return r.opensNext(b)
}

type pendingSet struct{ pair, value, long, block, part, here, member, answer, dump, number *regex.Regexp }

// pendingForms are lines whose value follows.
var pendingForms = sync.OnceValue(func() *pendingSet {
	f := new(pendingSet)
	f.pair = regex.MustCompile(`(?i)(?:\b(?:key|name|id|variable)["']?\s*[:=]\s*["']?|<(?:name|key|t[dh]|dt)>)([\w .-]{2,64})["']?(?:</\w+>|>)?,?\s*$`)
	f.value = regex.MustCompile(`(?i)^\W*(?:(?:value|data|string|val)\w*|td|dd)(?:\s+\w+="[^"]*")*["']?\s*[:=>]\s*(?:"([^"]*)|'([^']*)|([^"'<>]+))`)
	f.long = regex.MustCompile(`([\w.-]+)["']?\s*[:=]\s*("""|'''|@'|@")[^"']*$`)
	f.block = regex.MustCompile(`[:=]\s*(?:[|>][0-9+-]*|\|)$`)
	f.part = regex.MustCompile(`(?i)form-data;.*name="?([\w.-]+)"?`)
	f.here = regex.MustCompile(`([\w./-]+)\s*=?\s*(?:\$\(\s*cat\s+)?<<[-~]?\s*["'\\]?(\w+)["']?$`)
	f.member = regex.MustCompile(`(?i)^\W*(?:default_?)?(\w+)[^:=>]*[:=>]`)
	f.answer = regex.MustCompile(`^\s*(?:\w+\.)?(?:exp_)?send\w*[\s(]+(?:-\w+\s+|--\s+)*["'{]((?:[^"'}\\]|\\[^rn])+)`)
	f.number = regex.MustCompile(`^\s*(?:privateExponent|prime[12]|exponent[12]|coefficient|priv):$`)
	f.dump = regex.MustCompile(`\["([\w.-]+)"(?::[^\]]*)?\]=>$`)
	return f
})

// opensLong is opensValue for pairs and for values of more than one line.
func (r *Redactor) opensLong(b []byte, spans []span) pending {
	f := pendingForms()
	if m := submatch(f.long, b, "\"'"); m != nil && r.SecretName(string(m[1])) {
		switch m[2][0] {
		case '"':
			return pendingDouble
		case '@':
			return pendingHere
		}
		return pendingSingle
	}
	if bytes.HasSuffix(b, []byte("UGFzc3dvcmQ6")) { // the question of SMTP
		return pendingSent
	}
	if m := submatch(f.part, b, ";"); m != nil && r.SecretName(string(m[1])) {
		return pendingPart
	}
	if m := submatch(f.pair, b[max(0, len(b)-96):], ":=>"); m != nil && r.SecretName(string(m[1])) {
		return pendingPair
	}
	if len(spans) > 0 && bytes.HasSuffix(b, []byte(",\\")) {
		return pendingLine
	}
	return pendingNone
}

// opensNext is opensValue for one value.
func (r *Redactor) opensNext(b []byte) pending {
	var how pending
	if m := submatch(pendingForms().dump, b, "]"); m != nil && r.SecretName(string(m[1])) {
		return pendingString
	}
	switch {
	case bytes.HasSuffix(b, []byte(`\`)):
		b, how = b[:len(b)-1], pendingLine
	case pendingForms().block.Match(b):
		b, how = bytes.TrimRight(b, "|>+-0123456789"), pendingBlock
	case bytes.HasSuffix(b, []byte(`:`)):
		how = pendingString
	default:
		return pendingNone
	}
	b = bytes.TrimRight(b, " \t")
	n := len(b)
	if b = bytes.TrimRight(b, ":="); len(b) == n {
		return pendingNone
	}
	b = bytes.TrimRight(b, " \t")
	quoted := bytes.HasSuffix(b, []byte(`"`)) || bytes.HasSuffix(b, []byte(`'`))
	b = bytes.TrimRight(b, `"'`)
	from := runBack(b, len(b), maxKey, isKey)
	if how == pendingString && !quoted || !r.SecretName(string(b[from:])) {
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
	case pendingString:
		if at := bytes.IndexByte(text, '"'); at > 0 && bytes.HasPrefix(text, []byte("string(")) { // of PHP
			start, text = start+at, text[at:]
		}
		if len(text) < 2 || text[0] != '"' {
			return nil, pendingNone
		}
		v, _ := line{b: b}.quotedValue(start)
		v.from, v.rule = start, RuleSecret
		return keep(b, v), pendingNone
	case pendingBlock:
		if len(text) == 0 || start == 0 {
			return nil, pendingNone
		}
		return keep(b, sp), p
	case pendingLine:
		if bytes.HasSuffix(text, []byte(`,\`)) { // bytes of a registry export
			return keep(b, sp), pendingLine
		}
	default:
		return p.goesOnLong(b, text, sp)
	}
	return keep(b, sp), pendingNone
}

// goesOnLong is goesOn for pairs and for values of more than one line.
func (p pending) goesOnLong(b, text []byte, sp span) ([]span, pending) {
	switch p {
	case pendingPair:
		m := pendingForms().value.FindSubmatchIndex(b)
		if m == nil {
			return nil, pendingNone
		}
		sp.start, sp.end = max(m[2], m[4], m[6]), max(m[3], m[5], m[7])
		if harmless(kindSecret, "", string(b[sp.start:sp.end]), '=') {
			return nil, pendingNone
		}
	case pendingSent, pendingAnswer:
		re := patterns()[dialogWord]
		if p == pendingAnswer {
			re = pendingForms().answer
		}
		m := re.FindSubmatchIndex(b)
		if m == nil {
			return nil, pendingNone
		}
		sp.start, sp.end = m[2], m[3]
	case pendingPart:
		switch {
		case len(text) == 0:
			return nil, pendingBody
		case bytes.IndexByte(text, ':') < 0:
			return nil, pendingNone
		}
		return nil, pendingPart
	case pendingDouble, pendingSingle, pendingHere:
		end := "'''"
		if p == pendingDouble {
			end = `"""`
		}
		if p == pendingHere && bytes.HasPrefix(text, []byte(`"@`)) || p == pendingHere && bytes.HasPrefix(text, []byte(`'@`)) {
			return nil, pendingNone
		}
		if i := bytes.Index(text, []byte(end)); i >= 0 && p != pendingHere {
			sp.end = sp.start + i
			return keep(b, sp), pendingNone
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

// submatch is FindSubmatch on texts that have one of some characters, which is
// quick to tell.
func submatch(re *regex.Regexp, b []byte, chars string) [][]byte {
	if !bytes.ContainsAny(b, chars) {
		return nil
	}
	return re.FindSubmatch(b)
}
