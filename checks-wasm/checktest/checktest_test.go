package checktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// down reports services that are stopped.
func down(edit func(*check.Finding)) *check.Check {
	return &check.Check{
		ID: "services-down", Title: "Services run", Doc: "Reads services.", Since: "1.0.0",
		Severities: []abi.Severity{abi.Critical}, Inputs: []abi.Input{check.Fact("services"), check.OptionalFact("host")},
		Run: func(p *check.Pass) error {
			fact, err := check.Load[bundles.Services](p, "services")
			if err != nil {
				return err
			}
			for i, s := range fact.Items {
				if s.State != bundles.StateStopped {
					continue
				}
				f := check.Finding{
					Severity: abi.Critical, State: abi.StateOngoing, Key: "down-" + strings.ToLower(s.Name), Title: s.Name + " is stopped",
					Remedy: []string{"Start it."}, Evidence: []abi.Evidence{p.At("services", check.Item(i, "state"), s.State)},
				}
				edit(&f)
				p.Report(f)
			}
			return nil
		},
	}
}

func asIs(*check.Finding) {}

const stopped = "-- services.gen --\nW3SVC | stopped | automatic\ndra | stopped | automatic\nMySQL | running | automatic\n-- want --\n"

// A fixture that is right has no problem; anything else has the problem named.
func TestTry(t *testing.T) {
	for _, c := range []struct {
		name, fixture, problem string
		edit                   func(*check.Finding)
	}{
		{"right", stopped + "critical ongoing \"W3SVC is stopped\"\ncritical \"dra\"\n", "", asIs},
		{"surplus finding", stopped + "critical \"W3SVC\"\n", `unexpected finding: critical "dra is stopped"`, asIs},
		{"missing finding", stopped + "critical \"W3SVC\"\ncritical \"dra\"\ncritical \"MySQL\"\n", `no finding for: critical "MySQL"`, asIs},
		{"one finding serves one line", stopped + "critical \"W3SVC\"\ncritical \"W3SVC\"\n", `no finding for: critical "W3SVC"`, asIs},
		{"other severity", stopped + "warning \"W3SVC\"\ncritical \"dra\"\n", `no finding for: warning "W3SVC"`, asIs},
		{"other state", stopped + "critical recovered \"W3SVC\"\ncritical \"dra\"\n", `no finding for: critical recovered "W3SVC"`, asIs},
		{"other outcome", stopped + "pass\n", `outcome findings "", want pass`, asIs},
		{"other reason", "-- services.gen --\n-- want --\npass \"because\"\n", `reason "" does not match "because"`, asIs},
		{"no want", "-- services.gen --\n", "want: no expectation", asIs},
		{"bad want", "-- want --\ncritical\n", "want a severity and a quoted expression", asIs},
		{"bad bundle", "-- manifest.json --\n{\"windows\":1}\n-- want --\npass\n", "manifest.json", asIs},
		{"undeclared severity", stopped + "info \"W3SVC\"\ninfo \"dra\"\n", "severity info is not declared", func(f *check.Finding) { f.Severity = abi.Info }},
		{"title with a period", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", "no final period", func(f *check.Finding) { f.Title += "." }},
		{"title too long", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", "1 to 120 runes", func(f *check.Finding) { f.Title += strings.Repeat("x", 120) }},
		{"bad key", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", `key "W3SVC" is not of the form`, func(f *check.Finding) { f.Key = "W3SVC" }},
		{"same key twice", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", `key "down" is not unique`, func(f *check.Finding) { f.Key = "down" }},
		{"no remedy", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", "no remedy", func(f *check.Finding) { f.Remedy = nil }},
		{"no evidence", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", "no evidence", func(f *check.Finding) { f.Evidence = nil }},
		{"other value", stopped + "critical \"W3SVC\"\ncritical \"dra\"\n", "is stopped, not running", func(f *check.Finding) { f.Evidence[0].Value = []byte(`"running"`) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := try(down(c.edit), []byte(c.fixture))
			got := strings.Join(r.problems, "\n")
			if c.problem == "" && got != "" || !strings.Contains(got, c.problem) {
				t.Errorf("problems:\n%s\nwant %q", got, c.problem)
			}
		})
	}
}

// A check that takes a missing fact for a good one is caught.
func TestTryDropsInputs(t *testing.T) {
	c := down(asIs)
	c.Inputs = []abi.Input{check.OptionalFact("services")}
	run := c.Run
	c.Run = func(p *check.Pass) error {
		if err := run(p); !check.IsMissing(err) {
			return err
		}
		return nil // content without having looked
	}
	r := try(c, []byte("-- services.gen --\nW3SVC | stopped | automatic\n-- want --\ncritical \"W3SVC\"\n"))
	want := `without facts/services.json the finding becomes a pass: ""`
	if len(r.problems) != 1 || r.problems[0] != want {
		t.Errorf("problems = %q, want %q", r.problems, want)
	}
}

func TestMissing(t *testing.T) {
	seen := map[abi.Outcome]bool{abi.OutcomeFindings: true, abi.OutcomeNotApplicable: true}
	got := missing(seen)
	if len(got) != 2 || got[0] != abi.OutcomePass || got[1] != abi.OutcomeInsufficient {
		t.Errorf("missing(%v) = %v, want pass and insufficient_data", seen, got)
	}
}

// childCase names the folder of fixtures for TestChild.
const childCase = "CHECKTEST_CASE"

// TestChild is Run on the fixtures of a case, in a process of its own.
func TestChild(t *testing.T) {
	dir := os.Getenv(childCase)
	if dir == "" {
		t.Skip("only as the child of TestRun")
	}
	t.Chdir(dir)
	Run(t, down(asIs))
}

// What is wrong with fixtures fails the test that runs them.
func TestRun(t *testing.T) {
	firing := stopped + "critical \"W3SVC\"\ncritical \"dra\"\n"
	passing := "-- services.gen --\nW3SVC | running | automatic\n-- want --\npass\n"
	insufficient := `-- manifest.json --
{"sources":[{"name":"services","status":"denied","error":"access is denied","duration_ms":1}]}
-- want --
insufficient_data "services: denied"
`
	for _, c := range []struct {
		name     string
		fixtures map[string]string
		output   []string // nil: the test passes
	}{
		{"complete", map[string]string{"fire": firing, "pass": passing, "lack": insufficient}, nil},
		{"a class lacks", map[string]string{"fire": firing, "lack": insufficient}, []string{"no fixture with the outcome pass"}},
		{"no fixtures", nil, []string{"the outcome findings", "the outcome pass", "the outcome insufficient_data"}},
		{
			"surplus",
			map[string]string{"fire": stopped + "critical \"W3SVC\"\n", "pass": passing, "lack": insufficient},
			[]string{"TestChild/fire", "unexpected finding", "got:"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
			cmd.Env = append(os.Environ(), childCase+"="+writeFixtures(t, c.fixtures))
			out, err := cmd.CombinedOutput()
			if (err == nil) != (c.output == nil) {
				t.Fatalf("child: %v\n%s", err, out)
			}
			for _, want := range c.output {
				if !strings.Contains(string(out), want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

func writeFixtures(t *testing.T, fixtures map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	sub := filepath.Join(dir, "testdata", "services-down")
	if err := os.MkdirAll(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range fixtures {
		if err := os.WriteFile(filepath.Join(sub, name+".txtar"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
