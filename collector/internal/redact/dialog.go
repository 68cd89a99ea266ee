package redact

import (
	"bytes"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// dialogLines is how many lines a dialog may have in which a client proves who it is.
const dialogLines = 6

type dialogSet struct{ begin, word *regex.Regexp }

var dialogForms = sync.OnceValue(func() *dialogSet {
	f := new(dialogSet)
	f.begin = regex.MustCompile(`\b(?:AUTH|AUTHENTICATE) (?:LOGIN|PLAIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|EXTERNAL)\W*$|334,? (?:VXNlcm5hbWU6|UGFzc3dvcmQ6)\W*$`)
	f.word = regex.MustCompile(`(?:^\s*(?:\S{1,12}[:>]\s+|[<>~*=-]+\s*)?|[<>],|(?:[<>]|C:)\s+)"?([A-Za-z0-9+/]{4,}=*)"?,*\s*$`)
	return f
})

// answers finds what a client sends in the lines behind AUTH LOGIN and the like of
// SMTP, IMAP and POP3: base64 that is all of its line, behind who sends it.
func (t *thread) answers(l line) (out []span) {
	f := dialogForms()
	if t.dialog > 0 {
		t.dialog--
		if m := f.word.FindSubmatchIndex(l.b); m != nil && len(l.b) < maxHead {
			s := span{from: m[2], start: m[2], end: m[3], rule: RuleSecret}
			if v := string(l.b[s.start:s.end]); encodedText(v) && v != "VXNlcm5hbWU6" && v != "UGFzc3dvcmQ6" {
				out = append(out, s)
			}
		}
	}
	if tail := bytes.ToUpper(l.b[max(0, len(l.b)-64):]); bytes.Contains(tail, []byte("AUTH")) || bytes.Contains(tail, []byte("334")) {
		if f.begin.Match(l.b[max(0, len(l.b)-64):]) {
			t.dialog = dialogLines
		}
	}
	return out
}

// joined is a line that goes on in the next one, with what the lines before it had:
// a command line behind a backslash, a header that is folded, or a list of arguments.
type joined struct {
	text string
	how  byte // the sign at its end; ' ' folded, '-' a list
}

type joinSet struct{ header, item, server *regex.Regexp }

var joinForms = sync.OnceValue(func() *joinSet {
	f := new(joinSet)
	f.header = regex.MustCompile(`(?i)^(?:[<>*]\s+)?(?:(?:proxy-)?authorization|(?:set-)?cookie):`)
	f.item = regex.MustCompile(`^\s*(?:-\s+["']?([^"'\s][^"']*?)["']?|["']([^"']+)["'],?)\s*$`)
	f.server = regex.MustCompile(`(?i)^\s*(?:aaa group )?(?:tacacs|radius)[ -]server \S+$`)
	return f
})

// goesOn finds the secrets of a line of which the begin stands in the lines before
// it; spans are those that it has by itself. It notes whether the line goes on.
func (j *joined) goesOn(r *Redactor, l line, spans []span) (out []span) {
	part, at, how := j.part(l.b)
	if j.text != "" && how != 0 && l.depth < maxDepth && len(j.text)+len(part) <= maxHead {
		head := len(j.text) + 1
		for _, s := range r.find(line{b: []byte(j.text + " " + part), begin: true, depth: l.depth + 1}) {
			if s.end > head {
				s.start = at + max(s.start, head) - head
				out = append(out, span{from: s.start, start: s.start, end: min(len(l.b), at+s.end-head), rule: s.rule})
			}
		}
	}
	j.follow(r, l, part, how, len(spans) > 0)
	return out
}

// part is what a line adds to those before it, and where it stands; how is 0 when
// it does not belong to them.
func (j *joined) part(b []byte) (text string, at int, how byte) {
	f := joinForms()
	if m := f.item.FindSubmatchIndex(b); m != nil && (j.text == "" || j.how == '-') {
		at = max(m[2], m[4])
		return strings.ReplaceAll(string(b[at:max(m[3], m[5])]), " ", "_"), at, '-'
	}
	at = run(b, 0, isSpace)
	text = strings.TrimRight(string(b[at:]), " \t")
	if n := len(text); n > 0 && strings.IndexByte("\\^`", text[n-1]) >= 0 && (n == 1 || text[n-2] == ' ') {
		return strings.TrimRight(text[:n-1], " "), at, text[n-1]
	}
	switch {
	case j.text == "" || text == "":
		return text, at, 0
	case j.how == '-' || j.how == ' ' && at == 0:
		return text, at, 0
	}
	return text, at, ' '
}

// follow notes what the next line goes on with.
func (j *joined) follow(r *Redactor, l line, part string, how byte, secret bool) {
	f := joinForms()
	switch {
	case l.more || !l.begin || len(j.text)+len(part) > maxHead/2:
		*j = joined{}
	case how == '-' && (j.text != "" || part[0] == '-' || r.announces(part)), how != 0 && how != '-' && how != ' ':
		*j = joined{strings.TrimLeft(j.text+" "+part, " "), how}
	case how == ' ' && j.how == ' ': // what is folded may have more lines
	case f.header.Match(l.b), f.server.Match(l.b):
		*j = joined{string(bytes.TrimSpace(l.b)), ' '}
	default:
		*j = joined{}
	}
}

// announces reports whether a word is the name of a program with secret options.
func (r *Redactor) announces(word string) bool {
	for _, h := range r.words.all([]byte(word+" "), nil) {
		if h.kind == kindProgram {
			return true
		}
	}
	return false
}
