package redact

import (
	"bytes"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// manifestLines is how many lines an object of Kubernetes may have.
const manifestLines = 400

// manifest is an object of Kubernetes in YAML or JSON. The members of the data of a
// Secret are secrets whatever they are called.
type manifest struct {
	left   int  // lines that it may have at most; 0: there is none
	secret bool // it is said to be a Secret; what it is may follow its data
	data   int  // 1 + the column of the name of the data, in these
}

type manifestSet struct{ head, member, object *regex.Regexp }

var manifestForms = sync.OnceValue(func() *manifestSet {
	f := new(manifestSet)
	f.head = regex.MustCompile(`^\s*(?:-\s+)?["']?(apiVersion|kind|data|stringData)["']?\s*:\s*["']?([\w./-]*)["']?\s*[{,]?\s*$`)
	f.member = regex.MustCompile(`^\s*(?:(["']?)([\w.-]+)["']?\s*:(?:\s+|$))?["']?(.*?)["']?,?\s*$`)
	f.object = regex.MustCompile(`["'](?:data|stringData)\\*["']\s*:\s*\{`)
	return f
})

// next finds the secrets of a line of an object, or notes that one begins.
func (o *manifest) next(r *Redactor, l line) []span {
	if o.left == 0 && !bytes.Contains(l.b, []byte("apiVersion")) && !bytes.Contains(l.b, []byte("kind")) || len(l.b) > maxHead {
		return nil
	}
	text := bytes.TrimSpace(l.b)
	if o.left--; o.left < 0 || bytes.HasPrefix(text, []byte("---")) || stamped(l.b) {
		*o = manifest{}
	}
	if m := manifestForms().head.FindSubmatchIndex(l.b); m != nil {
		o.head(string(l.b[m[2]:m[3]]), string(l.b[m[4]:m[5]]), m[2])
		return nil
	}
	if o.data == 0 || len(text) == 0 {
		return nil
	}
	if run(l.b, 0, isSpace) < o.data {
		o.data = 0
		return nil
	}
	return o.member(r, l.b)
}

// head is a line that says what the object is, or where its data are.
func (o *manifest) head(name, value string, column int) {
	switch {
	case name == "apiVersion" && !o.secret:
		*o = manifest{left: manifestLines}
	case name == "apiVersion": // may stand behind the kind
		o.left = manifestLines
	case name == "kind" && value == "Secret":
		o.left, o.secret = manifestLines, true
	case name == "kind":
		*o = manifest{}
	case o.left > 0 && value == "":
		o.data = column + 1
	}
}

// member finds the secret in a line of the data.
func (o *manifest) member(r *Redactor, b []byte) []span {
	m := manifestForms().member.FindSubmatchIndex(b)
	if m == nil {
		return nil
	}
	s, name := span{from: m[6], start: m[6], end: m[7], rule: RuleSecret}, ""
	if m[4] >= 0 {
		name = string(b[m[4]:m[5]])
	}
	if value := string(b[s.start:s.end]); value == "|" || value == ">" || value == "}" || strings.HasSuffix(name, ".crt") || !o.secret && !encodedText(value) {
		return nil
	}
	return r.leaf(name, b, s)
}

// encodedText reports whether a word is base64 of a text, and no other word.
func encodedText(s string) bool {
	if len(s) < 4 || len(s)%4 > 0 || run64([]byte(s)) != len(s) || restless(s) < 3 {
		return false
	}
	text := decode64([]byte(strings.TrimRight(s, "=")))
	return len(text) > 1 && run(text, 0, func(c byte) bool { return c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == 0 }) == len(text)
}

// secretObject finds the data of a Secret of Kubernetes that is JSON in one line.
func (r *Redactor) secretObject(b []byte) (out []span) {
	if !bytes.Contains(b, []byte(`"Secret"`)) || !bytes.Contains(b, []byte(`"kind"`)) {
		return nil
	}
	for _, m := range manifestForms().object.FindAllSubmatchIndex(b) {
		g := region{how: '{', deep: 1}
		found, _ := g.members(r, b[m[1]:])
		for _, s := range found {
			out = append(out, span{from: m[0], start: s.start + m[1], end: s.end + m[1], rule: RuleSecret})
		}
	}
	return out
}
