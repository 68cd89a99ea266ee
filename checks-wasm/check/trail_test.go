package check

import (
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
	"golang.org/x/tools/txtar"
)

// trailCheck looks for "refused" in a log and gives what it finds to use.
func trailCheck(use func(p *Pass)) *Check {
	return &Check{
		ID: "refusals", Title: "Nobody is refused", Doc: "x", Since: "1.0.0", Severities: []abi.Severity{abi.Critical, abi.Warning, abi.Info},
		Inputs: []abi.Input{May("app", "logs/app/**"), OptionalFact("probes")},
		Formats: []scan.Format{{
			ID: "plain", Line: `^(?P<stamp>\S+Z) (?P<message>.*)$`,
			Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: time.RFC3339, Zone: "utc"},
		}},
		Scans: []scan.Scan{{ID: "refused", Input: "app", Format: "plain", Any: []scan.Pattern{{Literal: "refused"}}, MaxHits: 3}},
		Run:   func(p *Pass) error { use(p); return nil },
	}
}

// onFixture runs a check on a bundle in the form of txtar and gives its findings
// as lines: severity, state, title.
func onFixture(t *testing.T, c *Check, text string) []string {
	t.Helper()
	tree, err := bundletest.Parse(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	d, err := Describe("test", []*Check{c})
	if err != nil {
		t.Fatal(err)
	}
	plan := NewPlan(b, d, nil)
	root, err := plan.Mount()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if code := Run(root, []*Check{c}, &out, &errs); code != abi.ExitOK || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s", code, &errs)
	}
	var list []string
	for _, f := range parse(t, []byte(out.String()), errs.String()).findings {
		list = append(list, string(f.Severity)+" "+f.State+" "+f.Title)
	}
	return list
}

// TestReportTrail: what goes on, is over, comes and goes, or is not known.
func TestReportTrail(t *testing.T) {
	at := func(clock, text string) string { return "2026-03-05T" + clock + "Z " + text + "\n" }
	for _, c := range []struct{ name, log, more, want string }{
		{"none", at("09:14:00", "fine"), "", ""},
		{"ongoing", at("09:10:00", "refused") + at("09:14:00", "refused"), "", "critical ongoing Requests refused: 2 times since 09:10Z"},
		{"more than are kept", strings.Repeat(at("09:10:00", "refused"), 6) + at("09:14:00", "refused"), "", "critical ongoing Requests refused: 7 times since 09:10Z"},
		{"recovered", at("08:00:00", "refused") + at("09:14:00", "fine"), "", "info recovered Requests refused until 08:00Z: 1 time"},
		{"unknown", at("09:04:00", "refused") + at("09:14:00", "fine"), "", "warning unknown Requests refused: 1 time since 09:04Z"},
		{
			"intermittent", at("02:00:00", "refused") + at("04:00:00", "refused") + at("06:00:00", "refused") + at("09:14:00", "fine"), "",
			"warning ongoing Requests refused, intermittent: 3 recoveries since 02:00Z",
		},
		{"yesterday", "2026-03-03T09:00:00Z refused\n" + at("09:14:00", "fine"), "", ""},
		{"own trace", at("09:14:00", "10.0.0.5:50001 refused"), ownProbe, ""},
		{"another port", at("09:14:00", "10.0.0.5:500010 refused"), ownProbe, "critical ongoing Requests refused: 1 time since 09:14Z"},
		{"another time", at("09:13:00", "10.0.0.5:50001 refused"), ownProbe, "critical ongoing Requests refused: 1 time since 09:13Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := trailCheck(func(p *Pass) {
				p.ReportTrail(Finding{Key: "refused", Severity: abi.Critical, Title: "Requests refused"}, p.Trail("refused", 4*time.Minute, time.Time{}))
			})
			got := onFixture(t, check, "-- logs/app/a.log --\n"+c.log+c.more)
			if strings.Join(got, "\n") != c.want {
				t.Errorf("findings = %q, want %q", got, c.want)
			}
		})
	}
}

const ownProbe = `-- facts/probes.json --
{"items":[{"t":"2026-03-05T09:14:00Z","target":"10.0.0.1:9443","origin":"profile","legs":[
 {"leg":"tls","status":"ok","t":"2026-03-05T09:14:00Z","duration_ms":100,"local":"10.0.0.5:50001"}]}]}
`

// TestSearched: why silence of a log need not mean anything.
func TestSearched(t *testing.T) {
	whole := "-- logs/app/a.log --\n2026-03-05T09:14:00Z fine\n"
	for _, c := range []struct{ name, text, want string }{
		{"read", whole, "ok"},
		{"no file", "-- manifest.json --\n{\"sources\":[{\"name\":\"logs/app\",\"status\":\"ok\"}]}\n", "no file logs/app/** was found"},
		{"denied", "-- manifest.json --\n{\"sources\":[{\"name\":\"logs/app\",\"status\":\"denied\",\"error\":\"x\"}]}\n", "logs/app: denied: x"},
		{"in part", "-- manifest.json --\n{\"sources\":[{\"name\":\"logs/app\",\"status\":\"partial\",\"error\":\"one is held\"}]}\n" + whole, "logs/app: partial: one is held"},
		{"empty", "-- logs/app/a.log --\n", "logs/app/** is empty"},
		{"blank", "-- logs/app/a.log --\n\n", "no line of logs/app/** has a time"},
		{"another format", "-- logs/app/a.log --\nthis is\nsomething\nelse\n", "logs/app/a.log is not in the known format: under half of its lines could be read"},
		{"not ours", whole + "-- logs/app/other.log --\nthis is\nsomething\nelse\n", "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			onFixture(t, trailCheck(func(p *Pass) {
				reason, ok := p.Searched("refused", func(file string) bool { return !strings.Contains(file, "other") })
				if got = reason; ok {
					got = "ok"
				}
			}), c.text)
			if got != c.want {
				t.Errorf("Searched = %q, want %q", got, c.want)
			}
		})
	}
}
