// Command tiny is a check pack for the tests of asrdiag's command line: one
// check that can find something, and enough others for a verdict.
package main

import (
	"fmt"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func main() {
	check.Main("tiny",
		servicesUp(),
		content("host-known", "host"), content("disks-known", "disks"), content("files-known", "files"),
		content("network-known", "network"), content("time-known", "time"))
}

// servicesUp finds stopped services: critical when its start type is automatic,
// else a warning.
func servicesUp() *check.Check {
	return &check.Check{
		ID: "services-up", Title: "Every service is up", Doc: "Reads the services and counts those that are stopped.",
		URL: "https://example.com/services", Since: "1.0.0", Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs: []abi.Input{check.Fact("services"), {ID: "app-logs", Glob: "logs/app/**"}},
		Formats: []scan.Format{{
			ID: "app", Line: `^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<level>[A-Z]+) (?P<message>.*)$`, Continuation: "join",
			Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Zone: "host"},
		}},
		Scans: []scan.Scan{{ID: "restarts", Input: "app-logs", Format: "app", Any: []scan.Pattern{{Literal: "restarting"}}}},
		Run: func(p *check.Pass) error {
			services, err := check.Load[bundles.Services](p, "services")
			if err != nil {
				return err
			}
			for i, s := range services.Items {
				if s.State == "running" {
					continue
				}
				severity := abi.Warning
				if s.StartType == "automatic" {
					severity = abi.Critical
				}
				p.Report(check.Finding{
					Severity: severity, Subject: s.Name, Key: "stopped", Title: fmt.Sprintf("Service %s is %s", s.Name, s.State),
					Remedy: []string{"Start it."}, Evidence: []abi.Evidence{p.At("services", check.Item(i, "state"), s.State)},
				})
			}
			return nil
		},
	}
}

// content passes when its fact is there.
func content(id, kind string) *check.Check {
	return &check.Check{
		ID: id, Title: "The bundle knows its " + kind, Doc: "Needs the fact " + kind + ".", Since: "1.2.0",
		Severities: []abi.Severity{abi.Info}, Inputs: []abi.Input{check.Fact(kind)},
		Run: func(*check.Pass) error { return nil },
	}
}
