package analyzer

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// analyzeText analyzes a bundle from its txtar text with the demo pack.
func analyzeText(t *testing.T, text string, o Options) *report.Report {
	t.Helper()
	return analyzeFile(t, zipOf(t, text), o)
}

func analyzeFile(t *testing.T, name string, o Options) *report.Report {
	t.Helper()
	r, err := analyzePacks(t, name, o, demo(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func analyzePacks(t *testing.T, name string, o Options, packs ...*packfile.Pack) (*report.Report, error) {
	t.Helper()
	b, in, err := Open(context.Background(), name, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	o.Integrity, o.CacheDir = in, cacheFolder()
	return Analyze(context.Background(), b, packs, o)
}

// checkOf finds a check of the demo pack.
func checkOf(t *testing.T, r *report.Report, id string) report.Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.ID == "demo/"+id {
			return c
		}
	}
	t.Fatalf("the report has no check %q", id)
	return report.Check{}
}

// TestAnalyze pins a whole report. The pack's hash changes with the compiler.
func TestAnalyze(t *testing.T) {
	r := analyzeText(t, sick, Options{Version: "1.2.3", Build: "test"})
	r.Packs[0].SHA256 = "0000"
	got := encode(t, r)
	golden := filepath.Join("testdata", "sick.golden.json")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("report differs from %s (-want +got):\n%s", golden, diff)
	}
}

func TestAnalyzeTwiceIsTheSame(t *testing.T) {
	name := zipOf(t, sick+"-- logs/crash/x --\nx\n")
	first := encode(t, analyzeFile(t, name, Options{}))
	if second := encode(t, analyzeFile(t, name, Options{})); first != second {
		t.Errorf("two reports of one bundle differ:\n%s", cmp.Diff(first, second))
	}
	for _, desk := range []string{shared, filepath.Dir(name)} {
		if strings.Contains(first, desk) {
			t.Errorf("the report holds the desk's path %q", desk)
		}
	}
}

func TestAnalyzeApplicability(t *testing.T) {
	denied := `-- manifest.json --
{"sources":[{"name":"registry","status":"denied","error":"access is denied"},{"name":"services","status":"ok"}]}
`
	tests := map[string]struct {
		text    string
		options Options
		check   string
		outcome abi.Outcome
		reason  string
	}{
		"other system":     {sick, Options{}, "other-os", abi.OutcomeNotApplicable, "for plan9, this machine runs windows"},
		"other role":       {sick, Options{Role: "source-machine"}, "log-errors", abi.OutcomeNotApplicable, "for a process-server, this is a source-machine"},
		"denied":           {sick + denied, Options{}, "registry", abi.OutcomeInsufficient, "registry: denied: access is denied"},
		"not collected":    {sick, Options{}, "registry", abi.OutcomeInsufficient, "registry: not collected by profile asr-process-server"},
		"cut off":          {"cut", Options{}, "registry", abi.OutcomeInsufficient, "registry: the bundle was cut off before it"},
		"nothing matched":  {"-- manifest.json --\n{\"sources\":[{\"name\":\"logs/app\",\"status\":\"ok\"}]}\n", Options{}, "log-errors", abi.OutcomePass, ""},
		"unknown role":     {sick, Options{Role: "unknown"}, "log-errors", abi.OutcomeFindings, ""},
		"skipped":          {sick, Options{Skip: []Skip{{Check: "demo/cpu", Reason: "stopped after 20 s"}}}, "cpu", abi.OutcomeError, "stopped after 20 s"},
		"crash":            {sick + "-- logs/crash/x --\nx\n", Options{}, "crash", abi.OutcomeError, "exit code 5"},
		"beside the crash": {sick + "-- logs/crash/x --\nx\n", Options{}, "services", abi.OutcomeFindings, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := cutOff(t, zipOf(t, sick))
			if test.text != "cut" {
				file = zipOf(t, test.text)
			}
			c := checkOf(t, analyzeFile(t, file, test.options), test.check)
			if c.Outcome != test.outcome || c.Reason != test.reason {
				t.Errorf("%s: %s %q, want %s %q", test.check, c.Outcome, c.Reason, test.outcome, test.reason)
			}
		})
	}
}

func TestAnalyzeCutBundle(t *testing.T) {
	r := analyzeFile(t, cutOff(t, zipOf(t, sick)), Options{})
	if c := checkOf(t, r, "services"); c.Outcome != abi.OutcomeFindings {
		t.Errorf("services: %s %q, want findings from what is whole", c.Outcome, c.Reason)
	}
	if len(r.Verdict.Reasons) == 0 || r.Verdict.Reasons[0] != "the bundle is cut off" {
		t.Errorf("reasons = %q, want that the bundle is cut off", r.Verdict.Reasons)
	}
	if len(r.Next) != 1 || r.Next[0].Command != "asrcollect" || !strings.Contains(r.Next[0].Why[0], "cut off") {
		t.Errorf("next = %+v, want another collection", r.Next)
	}
}

func TestAnalyzeDropsLies(t *testing.T) {
	r := analyzeText(t, "-- services.gen --\nliar | stopped | automatic\nhonest | stopped | automatic\n", Options{})
	for _, f := range checkOf(t, r, "services").Findings {
		lied := f.Key == "liar"
		if lied != (f.DroppedEvidence == 1) || lied == (len(f.Evidence) == 1) || lied != (f.Confidence == noEvidence) {
			t.Errorf("%s: %d dropped, %d left, confidence %q", f.Key, f.DroppedEvidence, len(f.Evidence), f.Confidence)
		}
	}
}

func TestAnalyzeCleansText(t *testing.T) {
	r := analyzeText(t, sick+"-- logs/echo/text --\na\x1b[31mb\u202ec\u200bd\u009be\n", Options{})
	c := checkOf(t, r, "echo")
	if len(c.Findings) != 1 {
		t.Fatalf("echo: %s %q with %d findings", c.Outcome, c.Reason, len(c.Findings))
	}
	const want = "a[31mbcde\n"
	if f := c.Findings[0]; f.Title != want || f.Evidence[0].Excerpt != want {
		t.Errorf("title %q, excerpt %q, want %q", f.Title, f.Evidence[0].Excerpt, want)
	}
}

func TestAnalyzeDamagedBundle(t *testing.T) {
	name := zipOf(t, sick)
	folder := filepath.Join(t.TempDir(), "bundle")
	unpack(t, name, folder)
	if err := os.WriteFile(filepath.Join(folder, "logs/app/C/app.log"), []byte("all is well\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := analyzeFile(t, folder, Options{})
	if in := r.Bundle.Integrity; in.OK || len(in.Problems) != 1 || in.Problems[0].Path != "logs/app/C/app.log" {
		t.Errorf("integrity = %+v, want the changed log", in)
	}
	if got := r.Verdict.Reasons[0]; got != "the bundle is damaged: files changed: 1" {
		t.Errorf("reason = %q, want the changed file", got)
	}
}

func TestAnalyzeRefusesOtherDescription(t *testing.T) {
	wasm, err := demoWasm()
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe(context.Background(), wasm, cacheFolder())
	if err != nil {
		t.Fatal(err)
	}
	d.Checks[0].Title = "Something else"
	raw, err := buildPack("demo", packfile.SourceModule{Name: "demo", Wasm: wasm, Describe: d})
	if err != nil {
		t.Fatal(err)
	}
	p, err := packfile.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyzePacks(t, zipOf(t, sick), Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	if c := checkOf(t, r, "cpu"); c.Outcome != abi.OutcomeError || c.Reason != errDescribe.Error() {
		t.Errorf("cpu: %s %q, want an error: %v", c.Outcome, c.Reason, errDescribe)
	}
}

func TestAnalyzeErrors(t *testing.T) {
	name := zipOf(t, sick)
	if _, err := analyzePacks(t, name, Options{}); codeOf(err) != CodeNoPacks {
		t.Errorf("without packs: %v", err)
	}
	if _, err := analyzePacks(t, name, Options{}, demo(t), demo(t)); codeOf(err) != CodePack {
		t.Errorf("with a pack twice: %v", err)
	}
	b, _, err := Open(context.Background(), name, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Analyze(ctx, b, []*packfile.Pack{demo(t)}, Options{}); codeOf(err) != CodeCanceled {
		t.Errorf("canceled: %v", err)
	}
}

func TestUnusableCacheFolderIsNotUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := newHost(file); err != nil || h == nil {
		t.Errorf("newHost of a file: %v", err)
	}
}
