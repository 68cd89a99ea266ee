// Package scanpack makes the check modules of the benchmark: one check that
// declares scans of all logs for a list of patterns.
package scanpack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// maxPatterns is how many a scan may have.
const maxPatterns = 100

// Literals looks for the lines of a text.
func Literals(id, text string) {
	check.Main(id, declare(id, text, func(line string) scan.Pattern { return scan.Pattern{Literal: line} }, false))
}

// Expressions looks for what the lines of a text say, in upper or lower case.
func Expressions(id, text string) {
	check.Main(id, declare(id, text, func(line string) scan.Pattern { return scan.Pattern{Regexp: line} }, true))
}

func declare(id, text string, pattern func(line string) scan.Pattern, ignoreCase bool) *check.Check {
	logs := check.May("logs", "logs/**")
	var all []scan.Pattern
	for line := range strings.Lines(text) {
		all = append(all, pattern(strings.TrimSuffix(line, "\n")))
	}
	var scans []scan.Scan
	for part := range slices.Chunk(all, maxPatterns) {
		scans = append(scans, scan.Scan{ID: fmt.Sprintf("part-%d", len(scans)+1), Input: logs.ID, Any: part, IgnoreCase: ignoreCase})
	}
	return &check.Check{
		ID: id, Title: "Patterns in logs", Doc: fmt.Sprintf("Looks for %d patterns in all logs.", len(all)), Since: "1.0.0",
		Severities: []abi.Severity{abi.Info}, Inputs: []abi.Input{logs}, Scans: scans,
		Run: func(p *check.Pass) error {
			for _, s := range scans {
				p.Summary(s.ID)
			}
			return nil
		},
	}
}
