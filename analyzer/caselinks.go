package analyzer

import (
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// CaseSize is how many bundles at most are looked at as those of one case: to link
// them, all of their reports are held.
const CaseSize = 32

// fewBundles is how many bundles at most a run has in which those without a case
// number are taken for those of one case.
const fewBundles = 8

// LinkCase connects the findings of bundles with the same case number, or, in a run
// of few bundles, with none: what a check of a source machine found may come from
// what one of the process server found, and the other way round. A fault gets those
// of other machines that explain it, as far as the bundles tell that one works with
// the other and that the cause came first; the order of its report stays. Of several
// bundles of a machine the one counts that was collected nearest in time.
func LinkCase(reports []*report.Report) {
	for _, r := range reports {
		for _, other := range reports {
			if len(reports) > fewBundles && r.Bundle.Case == "" {
				continue
			}
			if ofOneCase(r, other) && !slices.ContainsFunc(reports, func(x *report.Report) bool { return nearer(r, x, other) }) {
				linkAcross(r, other)
			}
		}
	}
}

func ofOneCase(a, b *report.Report) bool {
	return a != b && a.Bundle.Case == b.Bundle.Case && a.Bundle.ID != b.Bundle.ID
}

// nearer reports whether a bundle of the machine that b is of was collected nearer in
// time to r: what b had before is over, or what it has now had not begun.
func nearer(r, x, b *report.Report) bool {
	if x == r || !ofOneCase(x, b) || !strings.EqualFold(x.Bundle.Host.Name, b.Bundle.Host.Name) {
		return false
	}
	return apart(r, x) < apart(r, b)
}

// apart is the time between two collections; bundles without a window have none.
func apart(a, b *report.Report) time.Duration {
	return a.Bundle.Window.End.Sub(b.Bundle.Window.End).Abs()
}

// clocksDiffer is how far the clocks of two machines may be apart where that was not
// measured: what seems later by less may have come first.
const clocksDiffer = 5 * time.Minute

// beganBehind reports whether a finding g of another machine began only when f was
// seen for the last time: then f does not come from it.
func beganBehind(f *report.Finding, r *report.Report, g report.Finding, other *report.Report) bool {
	last := r.Bundle.Window.End
	if f.LastSeen != nil {
		last = *f.LastSeen
	}
	return g.FirstSeen != nil && !last.IsZero() && trueTime(other, *g.FirstSeen).After(trueTime(r, last).Add(clocksDiffer))
}

// trueTime corrects a time of a machine by what its clock was off.
func trueTime(r *report.Report, t time.Time) time.Time {
	if off := r.Bundle.Host.ClockOffsetSeconds; off != nil {
		return t.Add(time.Duration(*off * float64(time.Second)))
	}
	return t
}

// linkAcross notes in one report what another one explains.
func linkAcross(r, other *report.Report) {
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, cause := range c.ExplainedBy {
			for _, g := range faultsOf(other, cause.Check) {
				if followsOne(g, c.ExplainedBy) {
					continue
				}
				for j := range c.Findings {
					if f := &c.Findings[j]; isFault(f) && explains(cause, f.Subject, g.Subject) && !beganBehind(f, r, g, other) {
						linkIfAbout(r, f, other, g)
					}
				}
			}
		}
	}
}

// linkIfAbout links two findings when one of them is about the other's machine: a
// case may have several process servers. That they are not linked is said.
func linkIfAbout(r *report.Report, f *report.Finding, other *report.Report, g report.Finding) {
	here, there := about(r, f, other), about(other, &g, r)
	switch {
	case here == aboutIt || there == aboutIt:
		becauseElsewhere(f, other, g)
	case r.Bundle.Case != "":
		sayApart(r, other, max(here, there))
	}
}

// followsOne reports whether a finding comes from one of the causes: that one says
// more.
func followsOne(g report.Finding, causes []abi.Cause) bool {
	return slices.ContainsFunc(g.Because, func(r report.Ref) bool {
		return slices.ContainsFunc(causes, func(c abi.Cause) bool { return c.Check == r.Check })
	})
}

func faultsOf(r *report.Report, id string) (out []report.Finding) {
	for _, c := range r.Checks {
		if c.ID != id {
			continue
		}
		for _, f := range c.Findings {
			if isFault(&f) && f.Waived == nil {
				out = append(out, f)
			}
		}
	}
	return out
}

func becauseElsewhere(f *report.Finding, other *report.Report, g report.Finding) {
	e := report.Elsewhere{
		Bundle: other.Bundle.ID, Host: other.Bundle.Host.Name, Check: g.Check, Key: g.Key, Severity: g.Severity, Title: g.Title,
	}
	if !slices.Contains(f.BecauseElsewhere, e) {
		f.BecauseElsewhere = append(f.BecauseElsewhere, e)
	}
}

// otherPacks are the causes that are looked for in other bundles: checks of
// another pack than the check's own.
func otherPacks(pack string, causes []abi.Cause) (out []abi.Cause) {
	for _, c := range causes {
		if strings.Contains(c.Check, "/") && !strings.HasPrefix(c.Check, pack+"/") {
			out = append(out, c)
		}
	}
	return out
}
