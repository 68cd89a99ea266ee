package redact

import (
	"bytes"
	"strings"
)

// section is the region that a line like [Credentials] opens: what is in it are
// secrets whatever they are called.
func (r *Redactor) section(b []byte) region {
	m := sectionHead.in(b)
	if m == nil || bytes.Contains(b, []byte(markPrefix)) {
		return region{}
	}
	name := string(b[m[2]:m[3]])
	name = name[strings.LastIndexAny(name, " .:/")+1:]
	g := region{how: '[', left: regionLines}
	switch {
	case oneOf("|auth|authentication|", name):
		g.deep = 1
	case !r.secretColumn(name, "") || !r.named(name):
		g = region{}
	}
	return g
}

// entry finds the secret in a line of a section. In one of which the name says less
// the value has to look like one, or the name is that of an account.
func (g *region) entry(r *Redactor, b []byte) ([]span, bool) {
	text := bytes.TrimSpace(b)
	if len(text) == 0 || text[0] == '#' || text[0] == ';' {
		return nil, true
	}
	m := sectionEntry.in(b)
	if m == nil || text[0] == '[' || stamped(b) {
		return nil, bytes.IndexByte(b, '=') > 0 && text[0] != '['
	}
	start, end := max(m[4], m[6], m[8]), max(m[5], m[7], m[9])
	name, value := string(b[m[2]:m[3]]), string(b[start:end])
	if attribute(name) || common(value) || oneOf("|realm|domain|method|mode|database|db|path|file|email|address|role|group|backend|", name) ||
		g.deep > 0 && !oneOf("|admin|root|sa|administrator|guest|operator|pw|pass|", name) && !(strong(value) && restless(value) > 3) {
		return nil, true
	}
	return r.leaf(name, b, span{from: start, start: start, end: end, rule: RuleSecret}), true
}
