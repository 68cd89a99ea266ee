package analyzer

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// CaseSize is how many bundles at most are looked at as those of one case: to link
// them, all of their reports are held.
const CaseSize = 32

// LinkCase connects the findings of bundles with the same case number: what a
// check of a source machine found may come from what one of the process server
// found, and the other way round. A fault gets those of other machines that
// explain it, as far as the bundles tell that one works with the other; the order
// of its report stays.
func LinkCase(reports []*report.Report) {
	for _, r := range reports {
		for _, other := range reports {
			if r == other || r.Bundle.Case == "" || r.Bundle.Case != other.Bundle.Case || r.Bundle.ID == other.Bundle.ID {
				continue
			}
			linkAcross(r, other)
		}
	}
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
					if f := &c.Findings[j]; isFault(f) && explains(cause, f.Subject, g.Subject) {
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
	default:
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
