package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
	"golang.org/x/tools/txtar"
)

const source = `
-- services.gen --
W3SVC | running | automatic
-- metrics.gen --
every 5s
system.cpu.utilization 0.4
-- logs/app/C/app.log --
2026-03-05 09:00:01 started
2026-03-05 09:10:00 10.1.0.4 refused the connection
2026-03-05 09:12:00 10.1.0.4 refused the connection
`

// bundle is the bundle that the tests run on.
func bundle(t *testing.T) *bundles.Bundle {
	t.Helper()
	tree, err := bundletest.Parse(txtar.Parse([]byte(source)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mount builds a module's file system as a host does.
func mount(t *testing.T, b *bundles.Bundle, checks ...*Check) (*Plan, fs.FS) {
	t.Helper()
	d, err := Describe("sample", checks)
	if err != nil {
		t.Fatal(err)
	}
	plan := NewPlan(b, d, nil)
	root, err := plan.Mount()
	if err != nil {
		t.Fatal(err)
	}
	return plan, root
}

// output is what a module printed, by kind of line.
type output struct {
	findings []abi.Finding
	exhibits []abi.Exhibit
	statuses []abi.Status
	ends     []abi.End
	stderr   string
}

func (o output) status(t *testing.T, id string) abi.Status {
	t.Helper()
	i := slices.IndexFunc(o.statuses, func(s abi.Status) bool { return s.Check == id })
	if i < 0 {
		t.Fatalf("no status of %s in %+v", id, o.statuses)
	}
	return o.statuses[i]
}

// runAll runs checks on the bundle; what the plan answers itself is not in it.
func runAll(t *testing.T, checks ...*Check) output {
	t.Helper()
	_, root := mount(t, bundle(t), checks...)
	var out, errs bytes.Buffer
	if code := Run(root, checks, &out, &errs); code != abi.ExitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	return parse(t, out.Bytes(), errs.String())
}

func parse(t *testing.T, stdout []byte, stderr string) output {
	t.Helper()
	o := output{stderr: stderr}
	for _, line := range bytes.Split(bytes.TrimSuffix(stdout, []byte("\n")), []byte("\n")) {
		var head struct{ T string }
		err := json.Unmarshal(line, &head)
		switch head.T {
		case abi.TypeFinding:
			o.findings = append(o.findings, decode[abi.Finding](t, line))
		case abi.TypeExhibit:
			o.exhibits = append(o.exhibits, decode[abi.Exhibit](t, line))
		case abi.TypeStatus:
			o.statuses = append(o.statuses, decode[abi.Status](t, line))
		case abi.TypeEnd:
			o.ends = append(o.ends, decode[abi.End](t, line))
		default:
			t.Fatalf("line %q: %v", line, err)
		}
	}
	return o
}

func decode[T any](t *testing.T, line []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatalf("line %q: %v", line, err)
	}
	return v
}

// with gives a sample check with another Run.
func with(id string, run func(*Pass) error) *Check {
	c := sample(id)
	c.Run = run
	return c
}

func finding(key string) Finding {
	return Finding{Severity: abi.Warning, Title: "Something is off", Key: key}
}

func TestRunStatusLines(t *testing.T) {
	ask := &abi.Ask{Role: "process-server", Args: []string{"--quick"}, Why: "looks again"}
	for _, c := range []struct {
		name     string
		run      func(*Pass) error
		outcome  abi.Outcome
		reason   string
		findings int
	}{
		{"silence passes", func(*Pass) error { return nil }, abi.OutcomePass, "", 0},
		{"pass with words", func(p *Pass) error { p.Pass("all well"); return nil }, abi.OutcomePass, "all well", 0},
		{"finding", func(p *Pass) error { p.Report(finding("a")); return nil }, abi.OutcomeFindings, "", 1},
		{"a finding beats the words of a pass", func(p *Pass) error { p.Report(finding("a")); p.Pass("rest is well"); return nil }, abi.OutcomeFindings, "rest is well", 1},
		{"insufficient", func(p *Pass) error { p.Insufficient("denied", ask); return nil }, abi.OutcomeInsufficient, "denied", 0},
		{"finding and insufficient", func(p *Pass) error { p.Report(finding("a")); p.Insufficient("half", ask); return nil }, abi.OutcomeInsufficient, "half", 1},
		{"not applicable", func(p *Pass) error { p.NotApplicable("no proxy"); return nil }, abi.OutcomeNotApplicable, "no proxy", 0},
		{"a finding said twice", func(p *Pass) error { p.Report(finding("a")); p.Report(finding("a")); return nil }, abi.OutcomeFindings, "", 1},
		{"too many findings", func(p *Pass) error {
			for i := range maxFindings + 50 {
				p.Report(finding(strconv.Itoa(i)))
			}
			p.Pass("rest is well")
			return nil
		}, abi.OutcomeFindings, "rest is well; 50 more findings of the check are left out", maxFindings},
		{"error keeps findings", func(p *Pass) error { p.Report(finding("a")); return errors.New("bad fact") }, abi.OutcomeError, "bad fact", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := runAll(t, with("one", c.run))
			st := o.status(t, "one")
			if st.T != abi.TypeStatus || st.Outcome != c.outcome || st.Reason != c.reason {
				t.Errorf("status = %+v, want %s %q", st, c.outcome, c.reason)
			}
			if len(o.findings) != c.findings {
				t.Errorf("%d findings, want %d", len(o.findings), c.findings)
			}
			if want := (abi.End{T: abi.TypeEnd, Findings: c.findings, Statuses: 1}); len(o.ends) != 1 || o.ends[0] != want {
				t.Errorf("end = %+v, want one %+v", o.ends, want)
			}
			if c.outcome == abi.OutcomeInsufficient && (st.Ask == nil || st.Ask.Args[0] != "--quick") {
				t.Errorf("ask = %+v", st.Ask)
			}
		})
	}
}

// A panic ends its check and no other.
func TestRunPanic(t *testing.T) {
	o := runAll(t,
		with("one", func(p *Pass) error { p.Report(finding("before")); panic("index out of range") }),
		with("two", func(p *Pass) error { p.Pass("still here"); return nil }),
	)
	if st := o.status(t, "one"); st.Outcome != abi.OutcomeError || !strings.Contains(st.Reason, "index out of range") {
		t.Errorf("status of the check that panics = %+v", st)
	}
	if st := o.status(t, "two"); st.Outcome != abi.OutcomePass || st.Reason != "still here" {
		t.Errorf("status of the next check = %+v", st)
	}
	if len(o.findings) != 1 || !strings.Contains(o.stderr, "one: panic: index out of range") {
		t.Errorf("%d findings, stderr %q", len(o.findings), o.stderr)
	}
}

// T and Check are filled in, whatever a check writes there.
func TestReportFillsIn(t *testing.T) {
	o := runAll(t, with("one", func(p *Pass) error {
		f := finding("a")
		f.T, f.Check = "status", "somebody-else"
		p.Report(f)
		p.Exhibit(abi.Exhibit{Kind: "table", Title: "Services", Columns: []string{"name"}, Rows: [][]string{{"W3SVC"}}})
		return nil
	}))
	if len(o.findings) != 1 || o.findings[0].Check != "one" {
		t.Errorf("findings = %+v", o.findings)
	}
	if len(o.exhibits) != 1 || o.exhibits[0].Check != "one" || o.ends[0].Findings != 1 {
		t.Errorf("exhibits = %+v, end = %+v", o.exhibits, o.ends)
	}
}

// Only what the request names runs.
func TestRunRequested(t *testing.T) {
	checks := []*Check{sample("one"), with("two", func(*Pass) error { panic("not asked for") })}
	b := bundle(t)
	d, err := Describe("sample", checks)
	if err != nil {
		t.Fatal(err)
	}
	root, err := NewPlan(b, d, []string{"one"}).Mount()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := Run(root, checks, &out, &errs); code != abi.ExitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if o := parse(t, out.Bytes(), ""); len(o.statuses) != 1 || o.statuses[0].Check != "one" {
		t.Errorf("statuses = %+v, want that of one", o.statuses)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, c := range []struct {
		name, request string
		code          int
		stderr        string
	}{
		{"a newer ABI", `{"abi":"2.0","checks":["one"]}`, abi.ExitUnsupported, "request has ABI 2.0"},
		{"no ABI", `{"checks":["one"]}`, abi.ExitUnsupported, "request has ABI"},
		{"not JSON", `{`, abi.ExitUsage, "read request"},
		{"no request", "", abi.ExitUsage, "read request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{}
			if c.request != "" {
				root[abi.RequestPath] = &fstest.MapFile{Data: []byte(c.request)}
			}
			var out, errs bytes.Buffer
			if code := Run(root, []*Check{sample("one")}, &out, &errs); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if out.Len() > 0 || !strings.Contains(errs.String(), c.stderr) {
				t.Errorf("stdout %q, stderr %q, want %q", out.String(), errs.String(), c.stderr)
			}
		})
	}
}

// A newer minor of the same major is understood: members were only added.
func TestRunNewerMinor(t *testing.T) {
	checks := []*Check{sample("one")}
	_, mounted := mount(t, bundle(t), checks...)
	root := mounted.(fstest.MapFS)
	root[abi.RequestPath] = &fstest.MapFile{Data: []byte(`{"abi":"1.7","now":"2026-03-05T09:15:00Z","checks":["one"],"later":1}`)}
	var out, errs bytes.Buffer
	if code := Run(root, checks, &out, &errs); code != abi.ExitOK {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

func TestPassReads(t *testing.T) {
	o := runAll(t, with("one", func(p *Pass) error {
		services, err := Load[bundles.Services](p, "services")
		if err != nil || len(services.Items) != 1 {
			t.Errorf("Load(services) = %+v, %v", services, err)
		}
		if _, err := Load[bundles.Probes](p, "probes"); !IsMissing(err) {
			t.Errorf("Load(probes) = %v, want an error that IsMissing knows", err)
		}
		var lines []int64
		for h := range p.Hits("refused") {
			lines = append(lines, h.Line)
		}
		if !slices.Equal(lines, []int64{2, 3}) {
			t.Errorf("hits at lines %v, want 2 and 3", lines)
		}
		if s := p.Summary("refused"); s.Count != 2 || s.Last == nil || s.Last.Format(time.TimeOnly) != "09:12:00" {
			t.Errorf("Summary = %+v", s)
		}
		if rows := p.Series("cpu").Rows; len(rows) != 1 || rows[0].Mean == nil || *rows[0].Mean != 0.4 {
			t.Errorf("Series = %+v, want a mean of 0.4", rows)
		}
		if want := time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC); !p.Now.Equal(want) || p.Role != "process-server" || p.Deployment != "standalone" {
			t.Errorf("now %v, role %q, deployment %q", p.Now, p.Role, p.Deployment)
		}
		return nil
	}))
	if st := o.status(t, "one"); st.Outcome != abi.OutcomePass {
		t.Errorf("status = %+v", st)
	}
}

// Asking for what was not declared is a mistake that must be seen.
func TestPassUndeclared(t *testing.T) {
	o := runAll(t,
		with("a", func(p *Pass) error { p.Summary("nowhere"); return nil }),
		with("b", func(p *Pass) error { p.Series("nowhere"); return nil }),
		with("c", func(p *Pass) error { p.Tally("refused"); return nil }), // it has none
	)
	for _, st := range o.statuses {
		if st.Outcome != abi.OutcomeError {
			t.Errorf("%s: %s %q, want an error", st.Check, st.Outcome, st.Reason)
		}
	}
}

func TestEvidence(t *testing.T) {
	p := &Pass{Bundle: bundle(t)}
	at := p.At("services", Item(3, "state"), "stopped")
	if at.File != "facts/services.json" || *at.Pointer != "/items/3/state" || string(at.Value) != `"stopped"` {
		t.Errorf("At = %+v", at)
	}
	if e := Document("manifest.json", "/collector/elevated", false); e.File != "manifest.json" || string(e.Value) != "false" {
		t.Errorf("Document = %+v", e)
	}
	s := Sample(7, map[string]any{"system.cpu.utilization": 0.97})
	if s.File != bundles.SamplesPath || s.Line != 7 || string(s.Value) != `{"system.cpu.utilization":0.97}` {
		t.Errorf("Sample = %+v", s)
	}
	h := At(scan.Hit{File: "logs/app/a.log", Line: 4, Offset: 90, Length: scan.MaxLine + 5})
	if h.File != "logs/app/a.log" || h.Line != 4 || *h.Offset != 90 || h.Length != scan.MaxLine {
		t.Errorf("At(hit) = %+v", h)
	}
}

// What does not fit or lacks an input is answered by the plan and not run.
func TestPlanAnswers(t *testing.T) {
	elsewhere, lacking := sample("elsewhere"), sample("lacking")
	elsewhere.Roles = []string{bundles.RoleSourceMachine}
	lacking.Inputs = append(slices.Clone(lacking.Inputs), Fact("probes"))
	plan, root := mount(t, bundle(t), sample("one"), elsewhere, lacking)
	if !slices.Equal(plan.Request.Checks, []string{"one"}) {
		t.Errorf("requested = %v, want one", plan.Request.Checks)
	}
	want := map[string]abi.Outcome{"elsewhere": abi.OutcomeNotApplicable, "lacking": abi.OutcomeInsufficient}
	for _, st := range plan.Answered {
		if st.Outcome != want[st.Check] || st.Reason == "" {
			t.Errorf("%s: %s %q, want %s and a reason", st.Check, st.Outcome, st.Reason, want[st.Check])
		}
	}
	if len(plan.Answered) != len(want) {
		t.Errorf("%d checks answered, want %d", len(plan.Answered), len(want))
	}
	if _, err := fs.Stat(root, "bundle/metrics/samples.ndjson"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("samples are mounted though no input declares them: %v", err)
	}
}

// Natively a module runs on an unpacked bundle.
func TestCommandRunNative(t *testing.T) {
	dir := t.TempDir()
	b := bundle(t)
	if err := os.CopyFS(dir, b.FS); err != nil {
		t.Fatal(err)
	}
	checks := []*Check{
		with("one", func(p *Pass) error { p.Pass("seen"); return nil }),
		with("two", func(p *Pass) error { p.Report(finding("a")); return nil }),
	}
	other := sample("elsewhere")
	other.Roles = []string{bundles.RoleSourceMachine}
	checks = append(checks, other)
	var out, errs bytes.Buffer
	if code := command("sample", checks, []string{"run", dir}, &out, &errs); code != abi.ExitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	o := parse(t, out.Bytes(), errs.String())
	if len(o.statuses) != 2 || len(o.findings) != 1 || !strings.Contains(o.stderr, "elsewhere: not_applicable: ") {
		t.Errorf("%d statuses, %d findings, stderr %q", len(o.statuses), len(o.findings), o.stderr)
	}
	out.Reset()
	if code := command("sample", checks, []string{"run", dir, "two"}, &out, &errs); code != abi.ExitOK {
		t.Fatalf("exit code %d", code)
	}
	if o := parse(t, out.Bytes(), ""); len(o.statuses) != 1 || o.statuses[0].Check != "two" {
		t.Errorf("statuses = %+v, want that of two alone", o.statuses)
	}
	if code := command("sample", checks, []string{"run", filepath.Join(dir, "facts")}, &out, &errs); code == abi.ExitOK {
		t.Error("a folder without a bundle is accepted")
	}
}
