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
	needles []needle  // one stands in every match; nil: nothing is known
	many    *searcher // of needles; nil: alternatives are tried one after the other
	owners  [][]int   // alternatives that have a needle, by needle
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
	for i, pat := range s.Any {
		alt, expr, err := newAlternative(pat, s.IgnoreCase)
		if err != nil {
			return nil, err
		}
		m.alts = append(m.alts, alt)
		list := needlesOf(expr)
		open = open || len(list) == 0
		for _, n := range list {
			k := slices.Index(m.needles, n)
			if k < 0 {
				k = len(m.needles)
				m.needles, m.owners = append(m.needles, n), append(m.owners, nil)
			}
			m.owners[k] = append(m.owners[k], i)
		}
	}
	switch {
	case open:
		m.needles = nil
	case len(m.alts) > maxTried:
		m.many = newSearcher(m.needles)
	}
	return m, nil
}

// maxTried is how many alternatives are tried one after the other. Of more, one
// search finds those that can match.
const maxTried = 8

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
	possible, all := m.possible(t)
	for i := range m.alts {
		if all {
			alt, groups = m.alts[i].match(t)
		} else if i == len(possible) {
			break
		} else {
			alt, groups = m.alts[possible[i]].match(t)
		}
		if alt != nil {
			return alt, groups
		}
	}
	return nil, nil
}

// possible lists the alternatives that may match, in order; all: any may.
func (m *matcher) possible(t *text) (list []int, all bool) {
	if m.many == nil || cap(t.raw) < len(t.raw)+slack || m.many.folds && !isASCII(t.raw) {
		return nil, true
	}
	t.finds, t.alts = m.many.search(t.finds[:0], t.raw), t.alts[:0]
	for _, f := range t.finds {
		t.alts = append(t.alts, m.owners[f.needle]...)
	}
	slices.Sort(t.alts)
	return slices.Compact(t.alts), false
}

func (a *alternative) match(t *text) (*alternative, []int) {
	switch {
	case a.literal != nil:
		if bytes.Contains(t.raw, a.literal) {
			return a, nil
		}
	case !a.filter.passes(t):
	case a.fields:
		if groups := a.re.FindSubmatchIndex(t.raw); groups != nil {
			return a, groups
		}
	case a.re.Match(t.raw):
		return a, nil
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

// merge moves what was counted here to the matcher.
func (m *matcher) merge(s *stats) {
	if s.count == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats.count += s.count
	m.stats.first, m.stats.last = earlier(m.stats.first, s.first), later(m.stats.last, s.last)
	*s = stats{}
}
