package redact

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

type sectionSet struct{ head, entry *regex.Regexp }

var sectionForms = sync.OnceValue(func() *sectionSet {
	f := new(sectionSet)
	f.head = regex.MustCompile(`^\s*\[+([A-Za-z][\w .:/-]*)\]+\s*$`)
	f.entry = regex.MustCompile(`^\s*["']?([\w.@\\-]+)["']?\s*[=:]\s*(?:"([^"]*)"|'([^']*)'|(\S.*?))\s*,?$`)
	return f
})

// section is the region that a line like [Credentials] opens: what is in it are
// secrets whatever they are called.
func (r *Redactor) section(b []byte) region {
	m := sectionForms().head.FindSubmatch(b)
	if m == nil || len(m[1]) > 64 || bytes.Contains(b, []byte(markPrefix)) {
		return region{}
	}
	name := string(m[1][bytes.LastIndexAny(m[1], " .:/")+1:])
	switch lower := strings.ToLower(name); {
	case lower == "auth" || lower == "authentication":
		return region{how: '[', deep: 1, left: regionLines}
	case r.secretColumn(name, "") && r.named(name):
		return region{how: '[', left: regionLines}
	}
	return region{}
}

// entry finds the secret in a line of a section. In one of which the name says less
// the value has to look like one, or the name is that of an account.
func (g *region) entry(r *Redactor, b []byte) ([]span, bool) {
	text := bytes.TrimSpace(b)
	if len(text) == 0 || text[0] == '#' || text[0] == ';' {
		return nil, true
	}
	m := sectionForms().entry.FindSubmatchIndex(b)
	if m == nil || text[0] == '[' || stamped(b) {
		return nil, false
	}
	s := span{start: max(m[4], m[6], m[8]), end: max(m[5], m[7], m[9]), rule: RuleSecret}
	name, value := string(b[m[2]:m[3]]), string(b[s.start:s.end])
	switch lower := strings.ToLower(name); {
	case attribute(name), common(value), strings.ContainsAny(value, " \t"), slices.Contains([]string{"realm", "domain", "method", "mode", "database", "db", "path", "file", "email", "address", "role", "group", "backend"}, lower):
		return nil, true
	case g.deep > 0 && !slices.Contains([]string{"admin", "root", "sa", "administrator", "guest", "operator", "pw", "pass"}, lower) && !(strong(value) && restless(value) > 3):
		return nil, true
	}
	s.from = s.start
	return r.leaf(name, b, s), true
}
