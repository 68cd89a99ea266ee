package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// finding is a finding and its place among the causes.
type finding struct {
	*report.Finding
	check    *check
	ref      report.Ref
	causes   []*finding
	explains int // findings that name this one as a cause
}

// link connects findings with those that explain them, across packs, and gives
// all of them in the order of the report: what nothing explains first, then by
// severity, then what explains others, then by id and key.
func (p *plan) link() []*finding {
	all, byCheck := p.findings()
	for _, f := range all {
		for _, cause := range f.check.meta.ExplainedBy {
			for _, g := range byCheck[qualify(f.check.pack, cause.Check)] {
				if explains(cause, f.Subject, g.Subject) {
					f.because(g)
				}
			}
		}
	}
	slices.SortStableFunc(all, compareFindings)
	return all
}

// explains reports whether a finding on one subject may be the cause of one on
// another.
func explains(cause abi.Cause, subject, of string) bool {
	if cause.SameSubject && !strings.EqualFold(subject, of) {
		return false
	}
	return len(cause.Subjects) == 0 || slices.ContainsFunc(cause.Subjects, func(s string) bool { return strings.EqualFold(s, of) })
}

// findings lists all findings by id and key.
func (p *plan) findings() (all []*finding, byCheck map[string][]*finding) {
	byCheck = map[string][]*finding{}
	for _, c := range p.checks {
		for i := range c.result.Findings {
			f := &c.result.Findings[i]
			all = append(all, &finding{Finding: f, check: c, ref: report.Ref{Check: c.id(), Key: f.Key}})
		}
	}
	slices.SortFunc(all, func(a, b *finding) int { return compareRefs(a.ref, b.ref) })
	for _, f := range all {
		byCheck[f.ref.Check] = append(byCheck[f.ref.Check], f)
	}
	return all, byCheck
}

// qualify gives the full name of a check that a check of a pack refers to.
func qualify(pack, id string) string {
	if strings.Contains(id, "/") {
		return id
	}
	return pack + "/" + id
}

// because notes that g explains f, unless f already explains g, by whatever
// way: two findings that explain each other would leave no cause. What is over
// or an information explains no fault: nothing would be done about the cause.
func (f *finding) because(g *finding) {
	if f == g || f.isFault() && !g.isFault() || slices.Contains(f.causes, g) || g.follows(f, map[*finding]bool{}) {
		return
	}
	f.causes = append(f.causes, g)
	g.explains++
	i, _ := slices.BinarySearchFunc(f.Because, g.ref, compareRefs)
	f.Because = slices.Insert(f.Because, i, g.ref)
}

// follows reports whether f comes, by way of causes, from g.
func (f *finding) follows(g *finding, seen map[*finding]bool) bool {
	if f == g {
		return true
	}
	if seen[f] {
		return false
	}
	seen[f] = true
	return slices.ContainsFunc(f.causes, func(c *finding) bool { return c.follows(g, seen) })
}

func compareRefs(a, b report.Ref) int {
	return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Key, b.Key))
}

func compareFindings(a, b *finding) int {
	return cmp.Or(
		compareBools(len(a.causes) > 0, len(b.causes) > 0),
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
		compareBools(a.explains == 0, b.explains == 0),
		compareRefs(a.ref, b.ref),
	)
}

// compareBools puts false first.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// ordered gives the checks in the order of the report: those with findings in
// the order of their first finding, then the others by id.
func (p *plan) ordered(findings []*finding) []report.Check {
	rank, sorted := map[*check]int{}, map[*check][]report.Finding{}
	for i, f := range findings {
		if _, ok := rank[f.check]; !ok {
			rank[f.check] = i - len(findings)
		}
		sorted[f.check] = append(sorted[f.check], *f.Finding)
	}
	list := slices.Clone(p.checks)
	slices.SortFunc(list, func(a, b *check) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a.id(), b.id()))
	})
	out := make([]report.Check, len(list))
	for i, c := range list {
		out[i] = c.result
		out[i].Findings = sorted[c]
		if len(sorted[c]) > 0 {
			out[i].ExplainedBy = otherPacks(c.pack, c.meta.ExplainedBy)
		}
	}
	return out
}

// counts reports whether a finding makes a fault of the verdict.
func (f *finding) counts() bool { return f.Waived == nil && f.isFault() }

func (f *finding) isFault() bool { return isFault(f.Finding) }

// isFault reports whether a finding is a fault: not recovered, at least a warning.
func isFault(f *report.Finding) bool {
	return f.State != abi.StateRecovered && f.Severity.Rank() >= abi.Warning.Rank()
}
