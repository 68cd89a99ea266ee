package analyzer

import (
	"fmt"
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// unproved marks a finding whose evidence lies in a file that the manifest does
// not vouch for.
const unproved = "from a file that is not what the manifest says"

// doubtful gives the problems that leave open what a file said when it was
// collected, by path. Files beside those of a source take nothing away.
func doubtful(list []bundles.Problem) map[string]bundles.Problem {
	files := map[string]bundles.Problem{}
	for _, p := range list {
		switch p.Kind {
		case bundles.ProblemMissing, bundles.ProblemChanged, bundles.ProblemUnreadable:
			files[p.Path] = p
		case bundles.ProblemExtra:
			if bundles.SourceOf(p.Path) != "" {
				files[p.Path] = p
			}
		}
	}
	return files
}

// doubt holds the answers of the checks against what is wrong with the files
// that they read: a pass that rests on such a file is none, and a finding says
// so. Why a file is worth nothing is told with the bundle's problems.
func (p *plan) doubt(files map[string]bundles.Problem) {
	if len(files) == 0 {
		return
	}
	for _, c := range p.checks {
		if c.result.Outcome == abi.OutcomePass {
			if bad, ok := c.reads(files); ok {
				c.result.Outcome = abi.OutcomeInsufficient
				c.result.Reason = fmt.Sprintf("%s: %s: %s", bad.Path, bad.Kind, bad.Detail)
			}
		}
		for i := range c.result.Findings {
			f := &c.result.Findings[i]
			if slices.ContainsFunc(f.Evidence, func(e abi.Evidence) bool { _, bad := files[e.File]; return bad }) {
				f.Confidence = joinWords(f.Confidence, unproved)
			}
		}
	}
}

// doubtRaw holds the answers against what raw logs are: a pass of a check that
// would have read more than was sent is none, and a finding says what it is
// from.
func (p *plan) doubtRaw() {
	for _, c := range p.checks {
		if c.result.Outcome == abi.OutcomePass {
			if reason, ok := p.whole(c); !ok {
				c.result.Outcome, c.result.Reason = abi.OutcomeInsufficient, reason
			}
		}
		for i := range c.result.Findings {
			f := &c.result.Findings[i]
			f.Confidence = joinWords(f.Confidence, rawFinding)
		}
	}
}

// whole reports whether all is there that a check would read, and else what is
// missing.
func (p *plan) whole(c *check) (reason string, ok bool) {
	for _, in := range c.inputs() {
		if reason, ok := p.bundle.Missing(in.Glob); !ok {
			return reason, false
		}
	}
	return "", true
}

// reads gives the first of the files that a check declares to read.
func (c *check) reads(files map[string]bundles.Problem) (first bundles.Problem, found bool) {
	for name, p := range files {
		if (!found || name < first.Path) && c.declares(name) {
			first, found = p, true
		}
	}
	return first, found
}

// declares reports whether a check reads a file of that name, itself or through
// scans and series.
func (c *check) declares(name string) bool {
	if name == bundles.SamplesPath && len(c.meta.Series) > 0 {
		return true
	}
	return slices.ContainsFunc(c.inputs(), func(in abi.Input) bool { return bundles.GlobLog(in.Glob, name) })
}

// joinWords adds to what is said of a finding.
func joinWords(have, more string) string {
	if have == "" {
		return more
	}
	return have + "; " + more
}
