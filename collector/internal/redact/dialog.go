package redact

import (
	"bytes"
	"strings"
)

// dialogLines is how many lines a dialog may have in which a client proves who it is.
const dialogLines = 6

// answers finds what a client sends in the lines behind AUTH LOGIN and the like of
// SMTP, IMAP and POP3: base64 that is all of its line, behind who sends it.
func (t *thread) answers(b []byte) (out []span) {
	if t.dialog > 0 && len(b) < maxHead {
		t.dialog--
		if m := dialogWord.in(b); m != nil {
			if v := string(b[m[2]:m[3]]); encodedText(v) && !oneOf("|vxnlcm5hbwu6|ugfzc3dvcmq6|", v) {
				out = one(b, m[2], m[3], RuleSecret)
			}
		}
	}
	if tail := b[max(0, len(b)-64):]; (bytes.Contains(tail, []byte("AUTH")) || bytes.Contains(tail, []byte("334"))) && dialogBegin.in(tail) != nil {
		t.dialog = dialogLines
	}
	return out
}

// joined is a line that goes on in the next one, with what the lines before it had:
// a command line behind a backslash, a header that is folded, or a list of arguments.
type joined struct {
	text string
	how  byte // the sign at its end; ' ' folded, '-' a list
}

// goesOn finds the secrets of a line of which the begin stands in the lines before
// it, and notes whether the line goes on.
func (j *joined) goesOn(r *Redactor, l line) (out []span) {
	part, at, how := j.part(l.b)
	if j.text != "" && how != 0 && l.depth < maxDepth {
		head := len(j.text) + 1
		for _, s := range r.find(line{b: []byte(j.text + " " + part), begin: true, depth: l.depth + 1}) {
			out = plus(out, one(l.b, at+max(s.start-head, 0), min(len(l.b), at+max(s.end-head, 0)), s.rule))
		}
	}
	switch {
	case l.more || !l.begin || len(j.text)+len(part) > maxHead/2:
		*j = joined{}
	case how == ' ': // what is folded may have more lines
	case how == '-' && j.text == "" && part[0] != '-' && !r.announces(part):
	case how != 0:
		*j = joined{strings.TrimLeft(j.text+" "+part, " "), how}
	case foldable.in(l.b) != nil:
		*j = joined{part, ' '}
	default:
		*j = joined{}
	}
	return out
}

// part is what a line adds to those before it, and where it stands; how is 0 when
// it does not belong to them.
func (j *joined) part(b []byte) (text string, at int, how byte) {
	if m := listItem.in(b); m != nil && (j.text == "" || j.how == '-') {
		at = max(m[2], m[4])
		return strings.ReplaceAll(string(b[at:max(m[3], m[5])]), " ", "_"), at, '-'
	}
	at = run(b, 0, isSpace)
	text = strings.TrimRight(string(b[at:]), " \t")
	switch n := len(text); {
	case n > 0 && strings.IndexByte("\\^`", text[n-1]) >= 0 && (n == 1 || text[n-2] == ' '):
		return strings.TrimRight(text[:n-1], " "), at, text[n-1]
	case j.text == "", n == 0, j.how == '-', j.how == ' ' && at == 0:
		return text, at, 0
	case j.how == ' ':
		return text, at, ' '
	}
	return text, at, '.' // the last one
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
