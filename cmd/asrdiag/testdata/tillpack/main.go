// Command till is a check pack for the tests of raw logs: logs of tills, which
// their names tell, and of desks, which only their lines do.
package main

import (
	"fmt"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func main() { check.Main("till", tillErrors(), tillQuiet(), deskErrors()) }

// tillLines begin with a local time.
func tillLines() scan.Format {
	return scan.Format{
		ID: "till-lines", Line: `^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) till (?P<level>[A-Z]+) (?P<text>.*)$`,
		Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Zone: "host"},
	}
}

// deskLines begin with day and month; the year is that of the file.
func deskLines() scan.Format {
	return scan.Format{
		ID: "desk-lines", Line: `^(?P<date>\d\d/\d\d)\t(?P<clock>\d\d:\d\d:\d\d)\tdesk\t(?P<text>.*)$`,
		Time: scan.TimeFormat{Groups: []string{"date", "clock"}, Layout: "01/02 15:04:05", Zone: "utc", Year: "mtime"},
	}
}

func tillLog() abi.Input { return check.Need("till-log", "logs/till/**/till*.log") }

func tillErrors() *check.Check {
	return &check.Check{
		ID: "till-errors", Title: "Tills have no errors", Doc: "Reads the tills' logs.", Since: "1.0.0",
		Roles: []string{"source-machine"}, OS: []string{"linux"}, Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{tillLog()}, Formats: []scan.Format{tillLines()},
		Scans: []scan.Scan{{ID: "till-error", Input: "till-log", Format: "till-lines", Any: []scan.Pattern{{Literal: "ERROR"}}}},
		Run:   func(p *check.Pass) error { return report(p, "till-error") },
	}
}

// report reports the last hit, with its age.
func report(p *check.Pass, scan string) error {
	for h := range p.Hits(scan) {
		title := "Error without a time"
		if h.Time != nil {
			title = fmt.Sprintf("Error %s before the end", p.Now.Sub(*h.Time))
		}
		p.Report(check.Finding{Key: fmt.Sprint(h.File, h.Offset), Severity: abi.Warning, Title: title, Evidence: []abi.Evidence{check.At(h)}})
	}
	return nil
}

// tillQuiet would read the services as well, and passes.
func tillQuiet() *check.Check {
	return &check.Check{
		ID: "till-quiet", Title: "Tills are quiet", Doc: "Passes.", Since: "1.0.0", Severities: []abi.Severity{abi.Info},
		Inputs: []abi.Input{tillLog(), check.OptionalFact("services")},
		Run:    func(*check.Pass) error { return nil },
	}
}

func deskErrors() *check.Check {
	return &check.Check{
		ID: "desk-errors", Title: "Desks have no errors", Doc: "Reads the desks' logs.", Since: "1.0.0",
		Roles: []string{"process-server"}, OS: []string{"windows"}, Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{check.May("desk-log", "logs/desk/**/*.log")}, Formats: []scan.Format{deskLines()},
		Scans: []scan.Scan{{ID: "desk-error", Input: "desk-log", Format: "desk-lines", Any: []scan.Pattern{{Literal: "ERROR"}}}},
		Run:   func(p *check.Pass) error { return report(p, "desk-error") },
	}
}
