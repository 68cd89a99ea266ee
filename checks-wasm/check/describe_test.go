package check

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// sample is a check that declares one of everything.
func sample(id string) *Check {
	return &Check{
		ID: id, Title: "Something holds", Doc: "What is read.", Since: "1.0.0", Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{Fact("services"), May("app-log", "logs/app/**")},
		Formats: []scan.Format{{
			ID: "plain", Line: `^(?P<stamp>\S+ \S+) (?P<message>.*)$`,
			Time: scan.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Zone: "utc"},
		}},
		Scans:  []scan.Scan{{ID: "refused", Input: "app-log", Format: "plain", Any: []scan.Pattern{{Literal: "refused"}}}},
		Series: []scan.Series{{ID: "cpu", Metric: "system.cpu.utilization", Reduce: []string{"mean"}}},
		Run:    func(*Pass) error { return nil },
	}
}

// What several checks declare alike is in the document once, and each check
// still names it.
func TestDescribeMerges(t *testing.T) {
	d, err := Describe("sample", []*Check{sample("one"), sample("two")})
	if err != nil {
		t.Fatal(err)
	}
	if d.ABI != abi.Version || d.Module != "sample" {
		t.Errorf("abi %q, module %q", d.ABI, d.Module)
	}
	if len(d.Inputs) != 2 || len(d.Formats) != 1 || len(d.Scans) != 1 || len(d.Series) != 1 || len(d.Checks) != 2 {
		t.Errorf("%d inputs, %d formats, %d scans, %d series, %d checks; want 2, 1, 1, 1, 2",
			len(d.Inputs), len(d.Formats), len(d.Scans), len(d.Series), len(d.Checks))
	}
	for _, c := range d.Checks {
		got := strings.Join(append(append(append([]string{}, c.Inputs...), c.Scans...), c.Series...), " ")
		if want := "services app-log refused cpu"; got != want || c.Rev != 1 {
			t.Errorf("%s: refers to %q in revision %d, want %q in revision 1", c.ID, got, c.Rev, want)
		}
	}
}

func TestDescribeProblems(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Check)
		want string
	}{
		{"input", func(c *Check) { c.Inputs[1].Glob = "logs/other/**" }, `input "app-log" is declared twice, differently`},
		{"format", func(c *Check) { c.Formats[0].Continuation = "join" }, `format "plain" is declared twice, differently`},
		{"scan", func(c *Check) { c.Scans[0].MaxHits = 7 }, `scan "refused" is declared twice, differently`},
		{"series", func(c *Check) { c.Series[0].WindowSeconds = 60 }, `series "cpu" is declared twice, differently`},
		{"run", func(c *Check) { c.Run = nil }, `check "two" has no Run`},
		{"id", func(c *Check) { c.ID = "Two" }, `check "Two"`},
		{"same id", func(c *Check) { c.ID = "one" }, `check "one" is declared twice`},
		{"title", func(c *Check) { c.Title = "" }, "title"},
		{"severities", func(c *Check) { c.Severities = nil }, "no severity"},
		{"expression", func(c *Check) { c.Scans[0].ID, c.Scans[0].Any = "other", []scan.Pattern{{Regexp: "("}} }, "error parsing regexp"},
		{"undeclared input", func(c *Check) { c.Scans[0].ID, c.Scans[0].Input = "other", "nowhere" }, `"nowhere" is not declared`},
	} {
		t.Run(c.name, func(t *testing.T) {
			two := sample("two")
			c.edit(two)
			_, err := Describe("sample", []*Check{sample("one"), two})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Describe = %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestCommandDescribe(t *testing.T) {
	var out, errs bytes.Buffer
	if code := command("sample", []*Check{sample("one")}, []string{"describe"}, &out, &errs); code != abi.ExitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var d abi.Describe
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.Module != "sample" || len(d.Checks) != 1 || errs.Len() > 0 {
		t.Errorf("module %q, %d checks, stderr %q", d.Module, len(d.Checks), errs.String())
	}
	if bytes.Count(out.Bytes(), []byte("\n")) != 1 || bytes.Contains(out.Bytes(), []byte(`\u003c`)) {
		t.Errorf("not one plain line: %s", out.Bytes())
	}
	if code := command("sample", []*Check{{ID: "bad"}}, []string{"describe"}, &out, &errs); code == abi.ExitOK || errs.Len() == 0 {
		t.Errorf("a bad declaration gives exit code %d, stderr %q", code, errs.String())
	}
}

func TestCommandUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"run"}} {
		var out, errs bytes.Buffer
		if code := command("sample", []*Check{sample("one")}, args, &out, &errs); code != abi.ExitUsage {
			t.Errorf("command %q: exit code %d, want %d", args, code, abi.ExitUsage)
		}
		if out.Len() > 0 || !strings.Contains(errs.String(), "usage: check") {
			t.Errorf("command %q: stdout %q, stderr %q", args, out.String(), errs.String())
		}
	}
}
