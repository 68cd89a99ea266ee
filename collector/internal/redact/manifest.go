package redact

import (
	"bytes"
	"strings"
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

// next finds the secrets of a line of an object, or notes that one begins.
func (o *manifest) next(r *Redactor, b []byte) []span {
	if o.left == 0 && !bytes.Contains(b, []byte("apiVersion")) && !bytes.Contains(b, []byte("kind")) || len(b) > maxHead {
		return nil
	}
	if o.left--; o.left < 0 || bytes.HasPrefix(b, []byte("---")) || stamped(b) {
		*o = manifest{}
	}
	if m := manifestHead.in(b); m != nil {
		o.head(string(b[m[2]:m[3]]), string(b[m[4]:m[5]]), m[2])
		return nil
	}
	if indent := run(b, 0, isSpace); o.data == 0 || indent == len(b) {
		return nil
	} else if indent < o.data {
		o.data = 0
		return nil
	}
	m := manifestMember.in(b)
	name, value := string(b[max(m[2], 0):max(m[3], 0)]), string(b[m[4]:m[5]])
	if oneOf("|||>|}|", value) || strings.HasSuffix(name, ".crt") || !o.secret && !encodedText(value) {
		return nil
	}
	return r.leaf(name, b, span{from: m[4], start: m[4], end: m[5], rule: RuleSecret})
}

// head is a line that says what the object is, or where its data are.
func (o *manifest) head(name, value string, column int) {
	switch {
	case name == "apiVersion": // may stand behind the kind
		*o = manifest{left: manifestLines, secret: o.secret && o.left == manifestLines-1}
	case name == "kind" && value == "Secret":
		o.left, o.secret = manifestLines, true
	case name == "kind":
		*o = manifest{}
	case o.left > 0 && value == "":
		o.data = column + 1
	}
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
	for _, m := range patterns()[manifestData].FindAllSubmatchIndex(b) {
		found, _ := (&region{how: '{', deep: 1}).members(r, b[m[1]:])
		for _, s := range found {
			out = plus(out, one(b, s.start+m[1], s.end+m[1], RuleSecret))
		}
	}
	return out
}
