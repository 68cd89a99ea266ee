package scan

import (
	"bytes"
	"regexp"
	"slices"
	"sync"
	"time"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// matcher is one compiled scan with what it has found so far. It is safe for
// concurrent use once the plan is made.
type matcher struct {
	module  string
	scan    decl.Scan
	format  *format // nil: lines as they are
	alts    []alternative
	needles []needle // one stands in every match; nil: nothing is known
	jobs    []*job
	keep    keeper
	tally   *tally // nil: none asked for

	mu    sync.Mutex
	stats stats
}

// alternative is one pattern.
type alternative struct {
	literal []byte // nil: re decides
	re      *regexp.Regexp
	filter  filter   // of re
	names   []string // of the groups of re; empty: not a field
	fields  bool     // whether there are names
}

// stats counts hits.
type stats struct {
	count       int64
	first, last *time.Time
}

func (s *stats) add(t *time.Time) {
	s.count++
	s.first, s.last = earlier(s.first, t), later(s.last, t)
}

func newMatcher(module string, s decl.Scan, f *format) (*matcher, error) {
	m := &matcher{module: module, scan: s, format: f, keep: keeper{limit: s.Keep()}}
	if s.Tally != nil {
		m.tally = newTally(*s.Tally)
	}
	open := false // an alternative has no needle
	for _, pat := range s.Any {
		alt, expr, err := newAlternative(pat, s.IgnoreCase)
		if err != nil {
			return nil, err
		}
		m.alts = append(m.alts, alt)
		list := needlesOf(expr)
		open = open || len(list) == 0
		for _, n := range list {
			if !slices.Contains(m.needles, n) {
				m.needles = append(m.needles, n)
			}
		}
	}
	if open {
		m.needles = nil
	}
	return m, nil
}

// newAlternative also returns the expression that says the same.
func newAlternative(pat decl.Pattern, ignoreCase bool) (alternative, string, error) {
	expr := pat.Regexp
	if pat.Literal != "" {
		expr = regexp.QuoteMeta(pat.Literal)
		if !ignoreCase {
			return alternative{literal: []byte(pat.Literal)}, expr, nil
		}
	}
	if ignoreCase {
		expr = "(?i)" + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return alternative{}, "", err
	}
	alt := alternative{re: re, filter: filterOf(expr), names: re.SubexpNames()}
	for _, name := range alt.names {
		alt.fields = alt.fields || name != ""
	}
	return alt, expr, nil
}

// match finds the first alternative that matches, and its groups if it has
// fields.
func (m *matcher) match(t *text) (alt *alternative, groups []int) {
	for i := range m.alts {
		a := &m.alts[i]
		switch {
		case a.literal != nil:
			if bytes.Contains(t.raw, a.literal) {
				return a, nil
			}
		case !a.filter.passes(t):
		case a.fields:
			if groups = a.re.FindSubmatchIndex(t.raw); groups != nil {
				return a, groups
			}
		case a.re.Match(t.raw):
			return a, nil
		}
	}
	return nil, nil
}

// addFields adds the groups that took part in the match.
func (a *alternative) addFields(fields map[string]string, text []byte, groups []int) map[string]string {
	if !a.fields {
		return fields
	}
	for i, name := range a.names {
		if name == "" || groups[2*i] < 0 {
			continue
		}
		if fields == nil {
			fields = make(map[string]string)
		}
		fields[name] = string(text[groups[2*i]:groups[2*i+1]])
	}
	return fields
}

// merge adds what one file gave.
func (m *matcher) merge(s stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats.count += s.count
	m.stats.first, m.stats.last = earlier(m.stats.first, s.first), later(m.stats.last, s.last)
}
