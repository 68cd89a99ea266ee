package redact

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// region is a value of several lines: a list or an object between brackets, an
// element of XML, or what is indented behind a name. The zero value is none.
type region struct {
	how  byte // '{' brackets, '<' an element, '[' a section, 'r' a resource of Terraform, ' ' by indentation, ':' the next line alone
	deep int  // brackets or elements that are open, or columns of the name
	left int  // lines that it may have at most
	tag  bool // the tag that opens the element goes on
	gap  bool // an empty line was passed over
	led  bool // the name stands behind what lines of a log begin with
}

// regionLines is how many lines a value may have.
const regionLines = 60

type regionSet struct{ bracket, block, element, name, next *regex.Regexp }

var regionForms = sync.OnceValue(func() *regionSet {
	f := new(regionSet)
	f.bracket = regex.MustCompile(`([\w.-]+)["']?\]?\s*(?::=|=>|[:=])\s*(?:@|array\s*)?([\[{(])`)
	f.block = regex.MustCompile(`^\s*(?:[a-z]+ )?"?([\w.-]+)"?\s*(\{)$`)
	f.element = regex.MustCompile(`<(?:[\w.-]+:)?([\w.-]+)((?:\s+[^<>]*)?)(>?)(?:<!\[CDATA\[)?$`)
	f.name = regex.MustCompile(`(?i)\b(?:name|key|n)=["']([^"']+)["']`)
	f.next = regex.MustCompile(`(?i)^(.*?)([\w.-]+)["']?(?: for [^\s:]+)?(?:\s*\.{2,})?\s*[:=]\s*(?:["']\\?)?$`)
	return f
})

// opensRegion tells what a line opens whose value stands in the next ones.
func (r *Redactor) opensRegion(l line) region {
	b := bytes.TrimRight(l.b, " \t\r")
	if len(b) > maxHead || len(b) == 0 {
		return region{}
	}
	f, none, last := regionForms(), region{}, b[len(b)-1]
	if last == ']' && len(b) <= maxLead {
		return r.section(b)
	}
	if resource.in(b) != nil {
		return region{how: 'r', left: regionLines}
	}
	if opened(b) {
		for _, m := range append(f.bracket.FindAllSubmatchIndex(b), f.block.FindAllSubmatchIndex(b)...) {
			if depth := unclosed(b[m[4]:]); depth > 0 && r.SecretName(string(b[m[2]:m[3]])) && !attribute(string(b[m[2]:m[3]])) {
				return region{how: '{', deep: depth, left: regionLines}
			}
		}
	}
	tag := bytes.LastIndexByte(b, '<')
	if tag < 0 || last != '>' && last != '[' && bytes.IndexByte(b[tag:], '>') > 0 {
	} else if m := f.element.FindSubmatch(b); m != nil && !bytes.HasSuffix(m[2], []byte("/")) && !usage(b[:tag]) {
		name := string(m[1])
		if n := f.name.FindSubmatch(m[2]); n != nil {
			name = string(n[1])
		}
		if r.SecretName(name) {
			return region{how: '<', deep: 1, left: regionLines, tag: len(m[3]) == 0}
		}
	}
	if strings.IndexByte(":=\"'\\", last) < 0 {
		if tail := b[max(0, len(b)-2):]; (bytes.EqualFold(tail, []byte("rd")) || bytes.EqualFold(tail, []byte("xt"))) && shows(b) {
			return region{how: ':', left: 1}
		}
		return none
	}
	m := f.next.FindSubmatchIndex(b)
	if m == nil || !r.SecretName(string(b[m[4]:m[5]])) || otherWord(string(b[m[4]:m[5]])) || function(string(b[m[4]:m[5]])) {
		return none
	}
	switch before := strings.TrimSpace(string(b[:m[3]])); {
	case before == "-" || before == "" || before == `"` || before == "'":
		return region{how: ' ', deep: m[4] - len(before), left: regionLines}
	case prelude(b[:m[4]]):
		return region{how: ' ', left: regionLines, led: true}
	case len(before) < 64 && (len(before) == 0 || !isDigit(before[0]) || strings.Contains(strings.ToLower(before), "enter ")):
		return region{how: ':', left: 1}
	}
	return none
}

// shows reports whether a line ends with a command of PowerShell that prints a secret.
func shows(b []byte) bool {
	tail := bytes.ToLower(b[max(0, len(b)-24):])
	return bytes.HasSuffix(tail, []byte("credential().password")) || bytes.HasSuffix(tail, []byte(" -asplaintext"))
}

// usage reports whether what stands before <password> at the end of a line is
// the text of a help: --password <password>, key=<password>.
func usage(head []byte) bool {
	head = bytes.TrimRight(head, " \t")
	return len(head) > 0 && strings.IndexByte(">]:\"'\\", head[len(head)-1]) < 0
}

// opened reports whether more brackets open in a line than close.
func opened(b []byte) bool {
	n := 0
	for _, c := range b {
		switch c {
		case '[', '{', '(':
			n++
		case ']', '}', ')':
			n--
		}
	}
	return n > 0
}

// unclosed counts the brackets that a text leaves open.
func unclosed(b []byte) (depth int) {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			if depth--; depth == 0 {
				return 0
			}
		case '"', '\'':
			if n := bytes.IndexByte(b[i+1:], c); n >= 0 {
				i += n + 1
			}
		}
	}
	return depth
}

// behind sets where the next line of a region is indented whose name stands behind
// what lines of a log begin with: bytes base of the line, too, under the column of
// the name behind them.
func (g *region) behind(base, under int) {
	switch {
	case !g.led:
	case base > 0:
		g.deep = base + under
	default:
		*g = region{how: ':', left: 1}
	}
}

// goesOn finds the secrets of the next line of a region, which ends with lines
// of another form.
func (g *region) goesOn(r *Redactor, l line) (out []span) {
	if len(bytes.TrimSpace(l.b)) == 0 && (g.how == ' ' || g.how == ':') && !g.gap && len(l.b) < maxHead {
		g.gap = true
		return nil
	}
	if g.left--; g.left < 0 || len(l.b) > maxHead || len(bytes.TrimSpace(l.b)) == 0 && g.how != '[' {
		*g = region{}
		return nil
	}
	ok := false
	switch g.how {
	case '{':
		out, ok = g.members(r, l.b)
	case '<':
		out, ok = g.element(r, l.b)
	case '[':
		out, ok = g.entry(r, l.b)
	case 'r':
		out, ok = generated(l.b)
	default:
		out, ok = g.indented(r, l.b)
	}
	if !ok {
		*g = region{}
	}
	return out
}

// members finds the values in a line between brackets.
func (g *region) members(r *Redactor, b []byte) (out []span, ok bool) {
	name, named := "", false
	for i := run(b, 0, isSpace); i < len(b); i = run(b, i, isSpace) {
		s := span{from: i, start: i, rule: RuleSecret}
		switch c := b[i]; {
		case marked(b, i) > i:
			i = marked(b, i)
			continue
		case c == '[' || c == '{' || c == '(':
			g.deep++
		case c == ']' || c == '}' || c == ')':
			if g.deep--; g.deep <= 0 {
				return out, false
			}
		case c == ',' || c == ';':
			name, named = "", false
		case c == ':' || c == '=' || c == '>' || c == '@':
		case c == '#' || c == '/' && i+1 < len(b) && b[i+1] == '/':
			return out, true
		default:
			quoted, isQuoted := line{b: b}.quotedValue(i)
			if s.end = len(b); isQuoted {
				s.start, s.end = quoted.start, quoted.end
				i = min(s.end+1+(s.start-1-i), len(b))
			} else {
				i = run(b, i, func(c byte) bool { return !isSpace(c) && strings.IndexByte(",;=)]}", c) < 0 && (c != ':' || named) })
				s.end = i
			}
			if n := run(b, i, isSpace); n < len(b) && (b[n] == ':' || b[n] == '=') && !named {
				name, named = string(b[s.start:s.end]), true
				continue
			} else if n > i && !isQuoted && n < len(b) && strings.IndexByte(",;)]}#", b[n]) < 0 {
				if !named { // a text
					return out, false
				}
				s.end = len(bytes.TrimRight(b, " \t\r,;"))
				i = len(b)
			}
			out = append(out, r.leaf(name, b, s)...)
			continue
		}
		i++
	}
	return out, true
}

// element finds the texts in a line of an element of XML.
func (g *region) element(r *Redactor, b []byte) (out []span, ok bool) {
	name := ""
	for i := run(b, 0, isSpace); i < len(b); i = run(b, i, isSpace) {
		switch {
		case g.tag:
			n := bytes.IndexByte(b[i:], '>')
			if n < 0 {
				return out, true
			}
			if g.tag, i = false, i+n+1; n > 0 && b[i-2] == '/' {
				g.deep--
			}
			if g.deep <= 0 {
				return out, false
			}
		case bytes.HasPrefix(b[i:], []byte("<![CDATA[")):
			i += len("<![CDATA[")
		case bytes.HasPrefix(b[i:], []byte("]]>")):
			i += len("]]>")
		case b[i] == '<':
			n := bytes.IndexByte(b[i:], '>')
			switch {
			case n < 0:
				n = len(b) - i - 1
				g.tag = true
			case b[i+1] == '/':
				if g.deep--; g.deep <= 0 {
					return out, false
				}
			case b[i+n-1] != '/' && b[i+1] != '!' && b[i+1] != '?':
				g.deep++
				name = string(b[i+1 : run(b, i+1, isKey)])
			}
			i += n + 1
		default:
			s := span{from: i, start: i, end: len(b), rule: RuleSecret}
			for _, end := range []string{"<", "]]>"} {
				if n := bytes.Index(b[i:s.end], []byte(end)); n >= 0 {
					s.end = i + n
				}
			}
			if len(bytes.Fields(b[i:s.end])) > 4 { // a text
				return out, false
			}
			i = s.end
			s.end = len(bytes.TrimRight(b[:s.end], " \t\r"))
			out = append(out, r.leaf(name, b, s)...)
		}
	}
	return out, true
}

// indented finds the value in a line that is indented behind a name, or in the
// first one behind it.
func (g *region) indented(r *Redactor, b []byte) ([]span, bool) {
	start := run(b, 0, isSpace)
	s := span{start: start, end: len(bytes.TrimRight(b, " \t\r")), rule: RuleSecret}
	item := bytes.HasPrefix(b[start:], []byte("- "))
	name, behind := "", g.how == ':' || start <= g.deep && !item && !g.led
	for bytes.HasPrefix(b[s.start:s.end], []byte("- ")) {
		s.start += 2 + run(b[s.start+2:], 0, isSpace)
	}
	if m := pairRE().FindSubmatchIndex(b[s.start:s.end]); m != nil && !behind {
		name = string(b[s.start+m[2] : s.start+m[3]])
		s.start += m[1]
	}
	if v, ok := (line{b: b}).quotedValue(s.start); ok && s.start < s.end {
		if behind && v.end+1 < len(b) && (b[v.end+1] == '=' || b[v.end+1] == ':') { // the next setting
			return nil, false
		}
		s.start, s.end = v.start, v.end
	} else if text := string(b[s.start:s.end]); name == "" && strings.ContainsAny(text, " \t") {
		return nil, false
	} else if behind && (g.left < regionLines-1 && g.how == ' ' || !alone(text, g.how == ':')) {
		return nil, false
	}
	s.end = s.start + len(bytes.TrimRight(b[s.start:s.end], `"'`))
	if s.from = s.start; (start < g.deep || g.led && start == g.deep && !item) && !behind {
		return nil, false
	}
	if g.gap && !keyLike(string(b[s.start:s.end])) {
		return nil, false
	}
	return r.leaf(name, b, s), !behind
}

var pairRE = sync.OnceValue(func() *regex.Regexp {
	return regex.MustCompile(`^["']?([\w.-]+)["']?\s*(?::|:\s*[|>][0-9+-]*|=)(?:\s+|$)`)
})

// alone reports whether a word that is a line of its own, behind one that ends
// with the name of a secret, may be the secret.
func alone(text string, asked bool) bool {
	if len(text) < 4 || strings.IndexByte(`[<#;{("'}>]*-`, text[0]) >= 0 || strings.HasSuffix(text, ":") || message([]byte(text)) {
		return false
	}
	if n := run([]byte(text), 0, isKey); n > 0 && n < len(text) && (text[n] == '=' || text[n] == ':') {
		return false // the next setting
	}
	return !asked || strong(text) || !plainName(text) && len(text) >= 6 || len(text) >= 8 && strings.ToLower(text) == text
}

// leaf is a value in a region, unless it is no secret.
func (r *Redactor) leaf(name string, b []byte, s span) []span {
	const public = "|type|kind|name|namespace|user|username|userid|user_id|login|host|hostname|server|port|url|scope|scopes|version|id|enabled|alg|algorithm|expires|expiry|issuer|created|description|provider|region|title|label|clientid|client_id|tenant|tenantid|valuefrom|optional|format|shape|pattern|documentation|"
	lower := strings.ToLower(name)
	if strings.Contains(public, "|"+lower+"|") || s.start >= s.end || slices.ContainsFunc([]string{"status", "state", "arn", "date", "time", "type", "$ref", "count", "region", "username"}, func(end string) bool { return strings.HasSuffix(lower, end) }) {
		return nil
	}
	value := string(b[s.start:s.end])
	if harmless(kindSecret, name, value, '=') || plainName(value) && r.SecretName(value) {
		return nil
	}
	return keep(b, s)
}

// generated finds the value in a line about a password that Terraform made.
func generated(b []byte) ([]span, bool) {
	m := resourceResult.in(b)
	if m == nil {
		return nil, true
	}
	if m[2] < 0 {
		return nil, false // of another resource
	}
	return one(b, m[4], m[5], RuleSecret), true
}
