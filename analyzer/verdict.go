package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// minAnswered is how many checks must have an answer before their silence
// means health.
const minAnswered = 5

// verdict draws the conclusion. Findings are in the order of the report.
func (p *plan) verdict(findings []*finding, in bundles.Integrity) report.Verdict {
	v := report.Verdict{Reasons: p.incomplete(in)}
	for _, f := range findings {
		switch {
		case !f.counts() || f.explained():
		case v.Cause == nil:
			v.Cause, v.Headline = &f.ref, f.Title
		default:
			v.Also = append(v.Also, f.ref)
		}
	}
	switch {
	case v.Cause != nil:
		v.State = report.StateFault
		if n := len(v.Also); n > 0 {
			v.Headline += fmt.Sprintf(" (and %d more)", n)
		}
	case len(v.Reasons) > 0:
		v.State = report.StateInconclusive
		v.Headline = fmt.Sprintf("No problem found, but %s", v.Reasons[0])
	default:
		v.State = report.StateHealthy
		v.Headline = fmt.Sprintf("No problem found in %d checks", p.answered())
		if n := recovered(findings); n > 0 {
			v.Headline += fmt.Sprintf(", but %d that recovered", n)
		}
		if n := p.uncovered(); n > 0 {
			v.Headline += fmt.Sprintf("; %d made for classic servers left out", n)
		}
		if n := p.applicable() - p.answered(); n > 0 {
			v.Headline += fmt.Sprintf("; %d more could not answer", n)
		}
	}
	return v
}

// recovered counts what was worth a warning and is over.
func recovered(findings []*finding) (n int) {
	for _, f := range findings {
		if f.State == abi.StateRecovered && f.Severity.Rank() >= abi.Warning.Rank() {
			n++
		}
	}
	return n
}

// explained reports whether a finding follows from another that counts: what
// comes from something over or unimportant stands for itself.
func (f *finding) explained() bool {
	return slices.ContainsFunc(f.causes, func(c *finding) bool { return c.counts() || c.explained() })
}

func (p *plan) answered() int {
	n := 0
	for _, c := range p.checks {
		if o := c.result.Outcome; o == abi.OutcomePass || o == abi.OutcomeFindings {
			n++
		}
	}
	return n
}

// applicable counts the checks that are meant for this machine.
func (p *plan) applicable() int {
	n := 0
	for _, c := range p.checks {
		if c.result.Outcome != abi.OutcomeNotApplicable {
			n++
		}
	}
	return n
}

// uncovered counts the checks that would look at an appliance if it were a classic
// server: that they found nothing says nothing.
func (p *plan) uncovered() (n int) {
	for _, c := range p.checks {
		if c.result.NotOn(bundles.DeployAppliance) {
			n++
		}
	}
	return n
}

// incomplete lists why the analysis is not all that it should be.
func (p *plan) incomplete(in bundles.Integrity) []string {
	reasons := damage(in)
	if p.raw {
		reasons = append([]string{rawVerdict}, reasons...)
	}
	if n := p.answered(); n < minAnswered {
		reasons = append(reasons, fmt.Sprintf("only %d of %d checks could answer", n, p.applicable()))
	}
	for _, c := range p.checks {
		if reason := p.open(c); reason != "" && !(p.raw && strings.Contains(reason, rawReason)) { // said for all of them
			reasons = append(reasons, fmt.Sprintf("%s: %s", c.id(), reason))
		}
	}
	return reasons
}

// damage tells what is wrong with the bundle itself. Files that no source has
// take nothing away from those that should be there; what could not be read
// might, and what a source would have and the manifest does not list is proved
// by nothing.
func damage(in bundles.Integrity) []string {
	count := map[string]int{}
	unproved := 0
	for _, p := range in.Problems {
		count[p.Kind]++
		if p.Kind == bundles.ProblemExtra && bundles.SourceOf(p.Path) != "" {
			unproved++
		}
	}
	var reasons []string
	if count[bundles.ProblemCut] > 0 {
		reasons = append(reasons, "the bundle is cut off")
	}
	for _, kind := range []string{bundles.ProblemMissing, bundles.ProblemChanged, bundles.ProblemUnreadable} {
		if n := count[kind]; n > 0 {
			reasons = append(reasons, fmt.Sprintf("the bundle is damaged: files %s: %d", kind, n))
		}
	}
	if unproved > 0 {
		reasons = append(reasons, fmt.Sprintf("the manifest does not list files that are there: %d", unproved))
	}
	if n := count[bundles.ProblemRejected]; n > 0 {
		reasons = append(reasons, fmt.Sprintf("the archive holds entries that were not read: %d", n))
	}
	return reasons
}

// open says why a check that could find something critical has not answered,
// when that is not by intention: its source was denied, failed or was cut
// short, or the check itself broke. One that brought down a worker process is
// told whatever it could find.
func (p *plan) open(c *check) string {
	if c.lost {
		return c.result.Reason
	}
	if c.result.CouldBe != abi.Critical {
		return ""
	}
	switch c.result.Outcome {
	case abi.OutcomeError:
		return c.result.Reason
	case abi.OutcomeInsufficient:
		if p.bundle.Cut || p.lacking(c) || itemDenied(c.result.Reason) {
			return c.result.Reason
		}
	}
	return ""
}

// lacking reports whether one of the sources that a check reads went wrong.
func (p *plan) lacking(c *check) bool {
	for _, in := range c.inputs() {
		name := bundles.SourceOf(strings.ReplaceAll(in.Glob, "**/", ""))
		for _, s := range p.bundle.Manifest.Sources {
			if bundles.Glob(name, s.Name) && wentWrong(s.Status) {
				return true
			}
		}
	}
	return false
}

// itemDenied reports whether a reason is that of an item of a fact that was denied,
// as the item's error begins then (docs/bundle-format.md, section 7): its source may
// be ok all the same.
func itemDenied(reason string) bool {
	return strings.Contains(reason, ": "+bundles.StatusDenied+": ")
}

// wentWrong reports whether a source has not given what it should have: a status
// that is not known is not ok either.
func wentWrong(status string) bool {
	switch status {
	case bundles.StatusOK, bundles.StatusSkipped, bundles.StatusWithheld:
		return false
	}
	return true
}

// summarize counts findings by severity and checks by outcome.
func (p *plan) summarize(findings []*finding) report.Summary {
	var s report.Summary
	for _, f := range findings {
		switch f.Severity {
		case abi.Critical:
			s.Critical++
		case abi.Warning:
			s.Warning++
		case abi.Info:
			s.Info++
		}
	}
	for _, c := range p.checks {
		switch c.result.Outcome {
		case abi.OutcomePass:
			s.Pass++
		case abi.OutcomeNotApplicable:
			s.NotApplicable++
		case abi.OutcomeInsufficient:
			s.Insufficient++
		case abi.OutcomeError:
			s.Error++
		}
	}
	return s
}
