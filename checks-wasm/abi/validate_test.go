package abi_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func sample() abi.Describe {
	return abi.Describe{
		ABI: abi.Version, Module: "sample",
		Inputs: []abi.Input{{ID: "agent-log", Glob: "logs/agent/**/*.log"}, {ID: "services", Glob: "facts/services.json", Required: true}},
		Formats: []scan.Format{{
			ID: "plain", Line: `^(?P<time>\S+) (?P<level>[A-Z]+) `,
			Time: scan.TimeFormat{Groups: []string{"time"}, Layout: "2006-01-02T15:04:05Z", Zone: "utc"},
		}},
		Scans:  []scan.Scan{{ID: "lost", Input: "agent-log", Any: []scan.Pattern{{Literal: "connection lost"}}, Format: "plain"}},
		Series: []scan.Series{{ID: "cpu", Metric: "system.cpu.utilization", Reduce: []string{"mean"}}},
		Checks: []abi.Check{{
			ID: "agent-link", Rev: 1, Title: "Agent keeps its link", Severities: []abi.Severity{abi.Warning},
			Inputs: []string{"agent-log"}, Scans: []string{"lost"}, Series: []string{"cpu"}, Since: "1.0.0",
			ExplainedBy: []abi.Cause{{Check: "services-running"}, {Check: "other-pack/time-sync", SameSubject: true}},
			URL:         "https://example.com/link", Doc: "Reads the log.\n\n\tThen thinks.",
		}},
	}
}

func TestValidateAcceptsSample(t *testing.T) {
	if err := sample().Validate(); err != nil {
		t.Errorf("Validate(sample) = %v, want nil", err)
	}
}

func TestValidateRefuses(t *testing.T) {
	check := func(f func(*abi.Check)) func(*abi.Describe) {
		return func(d *abi.Describe) { f(&d.Checks[0]) }
	}
	tests := []struct {
		want string // part of the error
		edit func(*abi.Describe)
	}{
		{"module speaks ABI 2.0", func(d *abi.Describe) { d.ABI = "2.0" }},
		{"module speaks ABI 1.7, this program speaks 1.0", func(d *abi.Describe) { d.ABI = "1.7" }},
		{`ABI version "one"`, func(d *abi.Describe) { d.ABI = "one" }},
		{`ABI version "1.-1"`, func(d *abi.Describe) { d.ABI = "1.-1" }},
		{`module "Sample"`, func(d *abi.Describe) { d.Module = "Sample" }},
		{"0 checks", func(d *abi.Describe) { d.Checks = nil }},
		{"501 checks", func(d *abi.Describe) { d.Checks = make([]abi.Check, 501) }},
		{`check "agent-link" is declared twice`, func(d *abi.Describe) { d.Checks = append(d.Checks, d.Checks[0]) }},
		{`input "services" is declared twice`, func(d *abi.Describe) { d.Inputs = append(d.Inputs, d.Inputs[1]) }},
		{`"../secret" is not a relative path`, func(d *abi.Describe) { d.Inputs[0].Glob = "../secret" }},
		{`"/etc/passwd" is not a relative path`, func(d *abi.Describe) { d.Inputs[0].Glob = "/etc/passwd" }},
		{`"" is not a relative path`, func(d *abi.Describe) { d.Inputs[0].Glob = "" }},
		{`scan "lost": input "none" is not declared`, func(d *abi.Describe) { d.Scans[0].Input = "none" }},
		{"none", func(d *abi.Describe) { d.Scans[0].Format = "none" }},
		{"lost", func(d *abi.Describe) { d.Scans[0].Any = []scan.Pattern{{Regexp: "("}} }},
		{"cpu", func(d *abi.Describe) { d.Series[0].Reduce = []string{"median"} }},
		{`check "Agent"`, check(func(c *abi.Check) { c.ID = "Agent" })},
		{`check "a--b"`, check(func(c *abi.Check) { c.ID = "a--b" })},
		{"the name is not", check(func(c *abi.Check) { c.ID = strings.Repeat("a", 65) })},
		{"revision 0", check(func(c *abi.Check) { c.Rev = 0 })},
		{"title", check(func(c *abi.Check) { c.Title = "" })},
		{"title", check(func(c *abi.Check) { c.Title = strings.Repeat("ü", 61) })},
		{"title", check(func(c *abi.Check) { c.Title = "two\nlines" })},
		{"title", check(func(c *abi.Check) { c.Title = "esc \x1b[31m" })},
		{"title", check(func(c *abi.Check) { c.Title = "txt\u202egpj" })},
		{"ends with a period", check(func(c *abi.Check) { c.Title = "Done." })},
		{"doc is not text", check(func(c *abi.Check) { c.Doc = " \n" })},
		{"doc is not text", check(func(c *abi.Check) { c.Doc = strings.Repeat("a", abi.MaxDocLen+1) })},
		{"doc is not text", check(func(c *abi.Check) { c.Doc = "\xff" })},
		{"not an https address", check(func(c *abi.Check) { c.URL = "javascript:alert(1)" })},
		{"not an https address", check(func(c *abi.Check) { c.URL = "https://user:pw@example.com/" })},
		{`since "soon"`, check(func(c *abi.Check) { c.Since = "soon" })},
		{`stage "beta"`, check(func(c *abi.Check) { c.Stage = "beta" })},
		{"no severity", check(func(c *abi.Check) { c.Severities = nil })},
		{`severity "fatal" is unknown`, check(func(c *abi.Check) { c.Severities = []abi.Severity{"fatal"} })},
		{`severity "info" is declared twice`, check(func(c *abi.Check) { c.Severities = []abi.Severity{"info", "info"} })},
		{`input "x" is not declared`, check(func(c *abi.Check) { c.Inputs = []string{"x"} })},
		{`input "services" is named twice`, check(func(c *abi.Check) { c.Inputs = []string{"services", "services"} })},
		{`scan "x" is not declared`, check(func(c *abi.Check) { c.Scans = []string{"x"} })},
		{`series "x" is not declared`, check(func(c *abi.Check) { c.Series = []string{"x"} })},
		{"more than 500", check(func(c *abi.Check) { c.Roles = make([]string, 501) })},
		{`role "Process Server"`, check(func(c *abi.Check) { c.Roles = []string{"Process Server"} })},
		{`explained_by "a/b/c"`, check(func(c *abi.Check) { c.ExplainedBy = []abi.Cause{{Check: "a/b/c"}} })},
		{"explains itself", check(func(c *abi.Check) { c.ExplainedBy = []abi.Cause{{Check: "agent-link"}} })},
	}
	for _, tt := range tests {
		d := sample()
		tt.edit(&d)
		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Validate = %v, want an error with %q", err, tt.want)
		}
	}
}

func TestValidateNamesEveryProblemButNotWithoutEnd(t *testing.T) {
	d := sample()
	d.Checks[0].Rev, d.Checks[0].Doc = 0, ""
	if got := d.Validate().Error(); strings.Count(got, "\n") != 1 {
		t.Errorf("Validate = %q, want two lines", got)
	}
	for i := range 400 {
		d.Checks = append(d.Checks, abi.Check{ID: fmt.Sprintf("c%d", i)})
	}
	got := d.Validate().Error()
	if n := strings.Count(got, "\n"); n != 50 || !strings.HasSuffix(got, "and more") {
		t.Errorf("Validate gives %d line ends, want 50 and %q at the end", n, "and more")
	}
}

func TestParseVersion(t *testing.T) {
	if major, minor, err := abi.ParseVersion("3.14"); major != 3 || minor != 14 || err != nil {
		t.Errorf("ParseVersion(3.14) = %d, %d, %v", major, minor, err)
	}
	for _, s := range []string{"", "1", "1.", ".1", "1.0.0", "-1.0", "1.x"} {
		if _, _, err := abi.ParseVersion(s); err == nil {
			t.Errorf("ParseVersion(%q) = nil, want an error", s)
		}
	}
}

func FuzzValidate(f *testing.F) {
	raw, err := json.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"abi":"1.0","checks":[{"id":"a","explained_by":[{"check":"/"}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d abi.Describe
		if json.Unmarshal(raw, &d) != nil || d.Validate() != nil {
			return
		}
		// What validates survives the way through a pack unchanged.
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("marshal a valid description: %v", err)
		}
		var back abi.Describe
		if err := json.Unmarshal(again, &back); err != nil || back.Validate() != nil {
			t.Fatalf("valid before and not after: %v, %v", err, back.Validate())
		}
		if first, second := string(again), mustJSON(t, back); first != second {
			t.Errorf("description changed: %s, then %s", first, second)
		}
		if len(d.Checks) > 0 && reflect.DeepEqual(d.Checks[0], abi.Check{}) {
			t.Error("an empty check is valid")
		}
	})
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
