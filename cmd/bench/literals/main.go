// Command literals is a check module of the benchmark: its one check declares a
// scan of all logs for 40 literals.
package main

import (
	_ "embed"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// patterns has a literal a line, so that other programs can read it, too.
//
//go:embed patterns.txt
var patterns string

func main() { check.Main("literals", literals()) }

func literals() *check.Check {
	logs := check.May("logs", "logs/**")
	s := scan.Scan{ID: "literals", Input: logs.ID}
	for line := range strings.Lines(patterns) {
		s.Any = append(s.Any, scan.Pattern{Literal: strings.TrimSuffix(line, "\n")})
	}
	return &check.Check{
		ID: "literals", Title: "Literals in logs", Doc: "Looks for 40 literals in all logs.", Since: "1.0.0",
		Severities: []abi.Severity{abi.Info}, Inputs: []abi.Input{logs}, Scans: []scan.Scan{s},
		Run: func(p *check.Pass) error {
			p.Summary(s.ID)
			return nil
		},
	}
}
