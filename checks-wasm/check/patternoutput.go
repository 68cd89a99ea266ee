package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// output judges what a program printed that the collector ran. All of it is of now.
func (r *patternRun) output() {
	out, find := r.pat.Output, r.pat.Rules[0].Finds[0]
	for _, rule := range r.pat.Rules {
		r.printed(rule)
	}
	sum := r.p.Summary(find.Scan.ID)
	source, ran := r.p.Bundle.Source(bundles.SourceOf(strings.ReplaceAll(find.Input.Glob, "**/", "")))
	switch {
	case len(r.keys) > 0:
	case sum.Files > 0 && ran && source.Status == bundles.StatusOK && len(sum.Unread) == 0:
		r.p.Pass(cmp.Or(r.pat.NoFinding, out.Program+" ran and printed no error"))
	case sum.Files > 0:
		r.p.Insufficient(out.Program+" did not end well, and printed no error that is known: "+source.Status+" "+source.Error, nil)
	default:
		reason := out.Program + " was not run"
		if ran && source.Error != "" {
			reason += ": " + source.Error
		}
		r.p.Insufficient(reason, &abi.Ask{Role: r.p.Role, Args: out.Args, Why: cmp.Or(r.pat.Ask, "runs "+out.Program)})
	}
}

// printed reports the lines of one fault.
func (r *patternRun) printed(rule pattern.Rule) {
	keep := r.keep(rule, "")
	var hits []scan.Hit
	count := int64(0)
	for _, f := range rule.Finds {
		for h := range r.p.Hits(f.Scan.ID) {
			if keep == nil || keep(h) {
				hits = append(hits, h)
			}
		}
		count += r.p.Summary(f.Scan.ID).Count
	}
	if len(hits) == 0 {
		return
	}
	if keep != nil {
		count = int64(len(hits))
	}
	text := patternText{run: r, rule: rule, hit: hits[len(hits)-1], trail: Trail{Hits: hits}}
	f := r.finding(rule, "", text)
	f.State, f.Count, f.Evidence = abi.StateOngoing, count, []abi.Evidence{At(text.hit)}
	f.Title += ": " + Count(count, r.pat.Output.One, r.pat.Output.Many)
	if h, ok := r.same(hits); ok {
		f.Detail += " " + r.pat.Same.Says + ": " + strings.TrimSuffix(oneLine(h.Text), ".") + "."
		f.Evidence = append(f.Evidence, At(h))
	}
	r.p.Report(f)
}

// same finds the line elsewhere that has the text of one of the hits.
func (r *patternRun) same(hits []scan.Hit) (scan.Hit, bool) {
	var texts []string
	for _, h := range hits {
		t := patternText{run: r, hit: h, most: maxQuoted}
		if s, whole := t.filled(r.pat.Same.Text); whole && s != "" {
			texts = append(texts, s)
		}
	}
	for _, f := range r.pat.Elsewhere {
		for h := range r.p.Hits(f.Scan.ID) {
			if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(h.Text, s) }) {
				return h, true
			}
		}
	}
	return scan.Hit{}, false
}

// NoAsk takes back the ask of Insufficient: what it would answer is known already.
func (p *Pass) NoAsk() { p.status.Ask = nil }
