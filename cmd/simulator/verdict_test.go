package simulator

import (
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Every machine of every incident says what must come out of its bundle. One at
// fault says what is to be done first, one without says nothing of the kind.
func TestVerdicts(t *testing.T) {
	for _, name := range Names() {
		in, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range append([]*Incident{in}, in.Others...) {
			v := one.Verdict
			first := slices.ContainsFunc(v.Wanted, func(w Wanted) bool { return w.First && w.Severity != abi.Info })
			above := slices.ContainsFunc(v.Wanted, func(w Wanted) bool { return w.Severity != abi.Info })
			if v.State == "" || (v.State == report.StateFault) != first || above != first {
				t.Errorf("%s: verdict %q with %+v", one.Name, v.State, v.Wanted)
			}
		}
	}
}

// sickReport has a cause, a consequence and an information.
func sickReport() *report.Report {
	cause := report.Finding{Finding: abi.Finding{
		Check: "p/cache", Key: "a", Severity: abi.Warning, Title: "Cache volume E: has 18.2 % free since 2026-11-22 22:13Z (1 d 2 h)",
		Evidence: []abi.Evidence{{File: "logs/x/C/a.log", Excerpt: "disk is full"}, {File: "facts/disks.json", Value: []byte("7")}},
	}}
	after := report.Finding{
		Finding: abi.Finding{Check: "p/throttle", Key: "b", Severity: abi.Critical, Title: "Throttled", Evidence: []abi.Evidence{{File: "logs/x/b.log"}}},
		Because: []report.Ref{{Check: "p/cache", Key: "a"}},
	}
	info := report.Finding{Finding: abi.Finding{Check: "p/level", Key: "c", Severity: abi.Info, Title: "Log is off"}}
	return &report.Report{
		Verdict: report.Verdict{State: report.StateFault, Headline: cause.Title + " (and 1 more)", Cause: &report.Ref{Check: "p/cache", Key: "a"}},
		Checks: []report.Check{
			{ID: "p/throttle", Outcome: abi.OutcomeFindings, Findings: []report.Finding{after}},
			{ID: "p/level", Outcome: abi.OutcomeFindings, Findings: []report.Finding{info}},
			{ID: "p/cache", Outcome: abi.OutcomeFindings, Findings: []report.Finding{cause}},
			{ID: "p/port", Outcome: abi.OutcomeInsufficient, Reason: "not asked"},
		},
	}
}

func TestJudge(t *testing.T) {
	const all = "verdict fault\nfirst warning | cache | logs/x/** | full\ncritical | throttle | logs/x/*.log\n"
	for text, want := range map[string]string{
		all: "",
		all + "warning | cache | facts/disks.json | 7\ninsufficient | port\npass | level\n": "",

		strings.Replace(all, "fault", "healthy", 1):                       "verdict fault, want healthy",
		"verdict fault\nfirst warning | cache | logs/x/**\n":              "nobody wants critical throttle: Throttled <- cache",
		"verdict fault\nfirst critical | throttle | logs/**\n":            "first is warning cache",
		strings.Replace(all, "full", "empty", 1):                          `no finding warning cache by logs/x/** with "empty"`,
		strings.Replace(all, "critical", "info", 1):                       "there is critical throttle",
		all + "info | none | **\n":                                        "no finding info none by **, and no other of this check",
		all + "never | level\n":                                           "must not be: info level: Log is off",
		all + "never | throttle | hrottle\n":                              "must not be: critical throttle",
		all + "never | level | on\n":                                      "",
		all + "pass | port\n":                                             "check port: outcome insufficient_data, want pass: not asked",
		all + "pass | none\n":                                             "there is no check none",
		strings.Replace(all, "full", "{what}", 1):                         "",
		strings.Replace(all, "logs/x/*.log", "logs/y/*.log", 1):           "no finding critical throttle by logs/y/*.log",
		strings.Replace(all, "first warning", "warning", 1):               "",
		strings.Replace(all, "verdict fault", "verdict inconclusive", 1):  "want inconclusive",
		strings.Replace(all, "critical | throttle", "critical | port", 1): "no finding critical port",
	} {
		in := &Incident{}
		if err := eachLine(text, in.verdictLine); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got := strings.Join(in.Verdict.Judge(sickReport(), Vars{"what": "full"}), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestVerdictErrors(t *testing.T) {
	for text, want := range map[string]string{
		"verdict ill":                     "want fault, healthy or inconclusive",
		"critical":                        "name of a check",
		"critical | p/cache | **":         "without a pack",
		"critical | cache":                "want verdict STATE",
		"grave | cache | **":              "want verdict STATE",
		"first never | cache | ** | text": "want first and a severity",
	} {
		in := &Incident{}
		if err := in.verdictLine(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("verdictLine(%q) = %v, want %q", text, err, want)
		}
	}
}

// What differs from run to run is not in a golden report, and one that is wrong
// is not written.
func TestGolden(t *testing.T) {
	in := &Incident{}
	if err := eachLine("info | level | **", in.verdictLine); err != nil {
		t.Fatal(err)
	}
	r := sickReport()
	r.Checks[1].Findings[0].Evidence = []abi.Evidence{{File: "facts/config.json"}}
	const want = `fault: Cache volume E: has # % free since TIME (SPAN) (and # more)
warning cache: Cache volume E: has # % free since TIME (SPAN)
info level: Log is off
critical throttle: Throttled <- cache
`
	text := in.Verdict.summaryOf(r, nil)
	if text != want {
		t.Fatalf("have\n%swant\n%s", text, want)
	}
	opt := Options{Golden: t.TempDir()}
	if got := opt.golden("x", text); len(got) != 1 || !strings.Contains(got[0], "no golden report") {
		t.Errorf("without a file: %q", got)
	}
	opt.Update = true
	if got := opt.golden("x", text); got != nil {
		t.Errorf("write: %q", got)
	}
	opt.Update = false
	if got := opt.golden("x", text); got != nil {
		t.Errorf("the same: %q", got)
	}
	if got := opt.golden("x", text+"more\n"); len(got) != 1 || !strings.Contains(got[0], "not the golden one") {
		t.Errorf("another: %q", got)
	}
}

func TestMasked(t *testing.T) {
	for text, want := range map[string]string{
		"19 min 59 s behind":                                            "SPAN behind",
		"1 d 2 h old (limit 15 min)":                                    "SPAN old (limit SPAN)",
		"127.0.0.1:9443 and E: has 9.2 %":                               "# and E: has # %",
		"1 time since 02:14Z":                                           "# times since TIME",
		"329 times since 02:14Z":                                        "# times since TIME",
		"329 times since 2026-11-22 02:14Z":                             "# times since TIME",
		"pair 4BE1C0A2-11D0-4A5E-9C1B-2D6F00A0C9F1:disk-0 (0x80072ee7)": "pair #:disk-# (0x80072ee7)",

		"No problem in 9; 12 more could not answer":  "No problem in #",
		"{11111111-2222-4333-8444-555555555555} x00": "{#} x#",
	} {
		if got := masked(text); got != want {
			t.Errorf("masked(%q) = %q, want %q", text, got, want)
		}
	}
}
