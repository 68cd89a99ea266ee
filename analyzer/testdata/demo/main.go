// Command demo is the check module of analyzer's tests. Checks that misbehave
// run only over bundles that hold a file for them under logs.
package main

import (
	"os"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func main() {
	check.Main("demo", services(), errorsInLog(), cpu(), registry(), other(),
		bad("spin", spin), bad("crash", func(*check.Pass) error { os.Exit(5); return nil }), bad("hog", hog), bad("echo", echo))
}

var all = []abi.Severity{abi.Info, abi.Warning, abi.Critical}

// services finds what is stopped. A service named liar gets evidence that is
// not in the bundle.
func services() *check.Check {
	return &check.Check{
		ID: "services", Title: "Services run", Doc: "Reads the services.", Since: "1.0.0", Severities: all,
		URL: "https://example.com/services", Inputs: []abi.Input{check.Fact("services")},
		Run: func(p *check.Pass) error {
			v, err := check.Load[bundles.Services](p, "services")
			if err != nil {
				return err
			}
			for i, s := range v.Items {
				if s.State != bundles.StateStopped {
					continue
				}
				said := s.State
				if s.Name == "liar" {
					said = "on fire"
				}
				p.Report(check.Finding{
					Key: strings.ToLower(s.Name), Subject: s.Name, Severity: abi.Critical, Title: s.Name + " is stopped",
					Evidence: []abi.Evidence{p.At("services", check.Item(i, "state"), said)},
				})
			}
			return nil
		},
	}
}

// errorsInLog finds errors in the logs; a stopped service explains its own.
func errorsInLog() *check.Check {
	return &check.Check{
		ID: "log-errors", Title: "Log has no errors", Doc: "Reads the log.", Since: "1.0.0",
		Severities: []abi.Severity{abi.Warning}, Roles: []string{"process-server"},
		Inputs:      []abi.Input{check.May("app", "logs/app/**")},
		Scans:       []scan.Scan{{ID: "errors", Input: "app", Any: []scan.Pattern{{Regexp: `ERROR (?P<service>\w+)`}}}},
		ExplainedBy: []abi.Cause{{Check: "services", SameSubject: true}},
		Run: func(p *check.Pass) error {
			seen := map[string]bool{}
			for h := range p.Hits("errors") {
				name := h.Fields["service"]
				if seen[name] {
					continue
				}
				seen[name] = true
				p.Report(check.Finding{
					Key: "errors-" + name, Subject: name, Severity: abi.Warning, Title: "Errors of " + name,
					Evidence: []abi.Evidence{check.At(h)},
				})
			}
			return nil
		},
	}
}

func cpu() *check.Check {
	return &check.Check{
		ID: "cpu", Title: "CPU is idle", Doc: "Reads the CPU.", Since: "1.0.0", Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{check.Metrics()},
		Series: []scan.Series{{ID: "cpu", Metric: bundles.MetricCPU, Reduce: []string{"mean", "max"}}},
		Run: func(p *check.Pass) error {
			rows := p.Series("cpu").Rows
			if len(rows) == 0 {
				p.Insufficient("CPU was not sampled", &abi.Ask{Args: []string{"--duration", "15m"}, Why: "a longer window"})
				return nil
			}
			r := rows[0]
			if *r.Max > 0.9 {
				p.Report(check.Finding{
					Key: "busy", Severity: abi.Warning, Title: "CPU is busy",
					Evidence: []abi.Evidence{check.Sample(r.Lines.Max, map[string]any{bundles.MetricCPU: *r.Max})},
				})
			}
			return nil
		},
	}
}

// registry needs what most bundles of the tests do not have.
func registry() *check.Check {
	return &check.Check{
		ID: "registry", Title: "Registry is right", Doc: "Reads the registry.", Since: "1.0.0",
		Severities: []abi.Severity{abi.Critical}, Inputs: []abi.Input{check.Fact("registry")},
		Run: func(*check.Pass) error { return nil },
	}
}

func other() *check.Check {
	return &check.Check{
		ID: "other-os", Title: "For another system", Doc: "Never runs.", Since: "1.0.0", OS: []string{"plan9"},
		Severities: []abi.Severity{abi.Info}, Run: func(*check.Pass) error { return nil },
	}
}

// bad is a check that runs only over bundles that ask for it. The collector
// knows of no such source, so in others it lacks data.
func bad(id string, run func(*check.Pass) error) *check.Check {
	return &check.Check{
		ID: id, Title: "Does " + id, Doc: "Misbehaves.", Since: "1.0.0", Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{check.Need(id, "logs/"+id+"/**")}, Run: run,
	}
}

var sink int

func spin(*check.Pass) error {
	for i := 0; ; i++ {
		sink = i
	}
}

// hog touches 200 MiB and holds them.
func hog(p *check.Pass) error {
	b := make([]byte, 200<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	sink = len(b)
	return spin(p)
}

// echo reports what a bundle holds, as it stands there.
func echo(p *check.Pass) error {
	raw, err := bundles.ReadLimited(p.Bundle.FS, "logs/echo/text", 1<<16)
	if err != nil {
		return err
	}
	offset := int64(0)
	p.Report(check.Finding{
		Key: "echo", Severity: abi.Warning, Title: string(raw), Detail: time.Time{}.String(),
		Evidence: []abi.Evidence{{File: "logs/echo/text", Offset: &offset, Length: int64(len(raw))}},
	})
	return nil
}
