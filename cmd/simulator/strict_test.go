package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

func reportOf(state string, findings ...report.Finding) *report.Report {
	r := &report.Report{Verdict: report.Verdict{State: state}}
	for _, f := range findings {
		r.Checks = append(r.Checks, report.Check{ID: f.Check, Outcome: abi.OutcomeFindings, Findings: []report.Finding{f}})
	}
	return r
}

func found(severity abi.Severity, check, title string) report.Finding {
	return report.Finding{Finding: abi.Finding{Severity: severity, Check: check, Title: title}}
}

// TestAlike: titles may differ by names, what is found may not.
func TestAlike(t *testing.T) {
	m := &Machine{Incident: &Incident{}, Vars: Vars{}}
	plain := reportOf(report.StateFault, found(abi.Critical, "p/a", "PS01 is off"), found(abi.Warning, "p/b", "x"), found(abi.Info, "p/c", "short"))
	for name, c := range map[string]struct {
		strict *report.Report
		want   string
	}{
		"same":     {reportOf(report.StateFault, found(abi.Critical, "p/a", "host-x is off"), found(abi.Warning, "p/b", "y"), found(abi.Info, "p/c", "other")), ""},
		"verdict":  {reportOf(report.StateHealthy, found(abi.Critical, "p/a", ""), found(abi.Warning, "p/b", ""), found(abi.Info, "p/c", "")), "verdict healthy, not fault"},
		"less":     {reportOf(report.StateFault, found(abi.Critical, "p/a", ""), found(abi.Info, "p/b", ""), found(abi.Info, "p/c", "")), "no finding as warning b"},
		"more":     {reportOf(report.StateFault, found(abi.Critical, "p/a", ""), found(abi.Warning, "p/b", ""), found(abi.Warning, "p/c", "")), "only here: warning c"},
		"first":    {reportOf(report.StateFault, found(abi.Critical, "p/b", ""), found(abi.Warning, "p/a", "")), "first is critical b"},
		"outcomes": {&report.Report{Verdict: plain.Verdict, Checks: append(plain.Checks[:2:2], report.Check{ID: "p/c", Outcome: abi.OutcomeInsufficient, Reason: "why"})}, "check c: outcome insufficient_data, not pass: why"},
	} {
		got := strings.Join(m.alike("strict", plain, c.strict), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestKnown: addresses and ids of a map are found in text of 8 and of 16 bits,
// not as parts of others, nor where a pseudonym is the same.
func TestKnown(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "DO-NOT-SEND-1")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "DO NOT SEND\n{}\n" + `{"token":"10.9.0.1","value":"10.1.2.3","class":"address"}` + "\n" + `{"token":"10.1.2.4","value":"10.1.2.9","class":"address"}` + "\n" +
		`{"token":"10.7.7.7","value":"10.1.2.4","class":"address"}` + "\n" + `{"token":"host-x","value":"node-17","class":"host"}` + "\n"
	if err := os.WriteFile(filepath.Join(folder, "DO-NOT-SEND-1.map"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := readMap(dir)
	if err != nil || len(list) != 4 {
		t.Fatalf("%v, %v", list, err)
	}
	known, err := (&secrets{list: list}).known("PS01")
	if err != nil {
		t.Fatal(err)
	}
	wide := ""
	for _, c := range "ps01\r\n" {
		wide += string([]byte{byte(c), 0})
	}
	for text, want := range map[string]string{
		"to 10.1.2.3:443": "10.1.2.3", "10.1.2.30 110.1.2.3 1.10.1.2.3": "", "10.1.2.4 10.9.0.1": "", "10.1.2.9": "10.1.2.9", "on ps01.": "ps01", "ps012 xps01": "", wide: "ps01",
	} {
		if got := strings.Join(known.in([]byte(text)), " "); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
}
