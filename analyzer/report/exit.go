package report

import "github.com/asrdiag/asrdiag/checks-wasm/abi"

// Exit codes of an analysis.
const (
	ExitOK         = 0 // nothing at or above the limit
	ExitFailed     = 1 // the tool failed
	ExitUsage      = 2
	ExitFindings   = 3 // findings at or above the limit
	ExitIncomplete = 4 // the analysis is incomplete or inconclusive
)

// ExitCode says how the analysis ended. failOn is the weakest severity that
// counts, or empty for none. Incomplete beats findings.
func (r *Report) ExitCode(failOn abi.Severity) int {
	if len(r.Verdict.Reasons) > 0 {
		return ExitIncomplete
	}
	if failOn == "" {
		return ExitOK
	}
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if f.Waived == nil && f.Severity.Rank() >= failOn.Rank() {
				return ExitFindings
			}
		}
	}
	return ExitOK
}
