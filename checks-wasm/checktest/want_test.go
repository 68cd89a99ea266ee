package checktest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"golang.org/x/tools/txtar"
)

func TestParseWant(t *testing.T) {
	text := `
# a comment
critical "18 % free"
logs/cbengine/C/x.errlog:3 warning "443"
info recovered "until \\d\\d:31Z"
insufficient_data "services: denied"
`
	w, err := parseWant(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.findings) != 3 || w.outcome != abi.OutcomeInsufficient || !w.reason.MatchString("services: denied") {
		t.Fatalf("parseWant = %+v", w)
	}
	if f := w.findings[1]; f.file != "logs/cbengine/C/x.errlog" || f.fileLine != 3 || f.severity != abi.Warning {
		t.Errorf("second line = %+v", f)
	}
	if f := w.findings[2]; f.state != abi.StateRecovered || !f.re.MatchString("until 02:31Z") {
		t.Errorf("third line = %+v", f)
	}
}

func TestParseWantOutcome(t *testing.T) {
	for text, want := range map[string]abi.Outcome{
		`critical "x"`:               abi.OutcomeFindings,
		"pass":                       abi.OutcomePass,
		`pass "kept by"`:             abi.OutcomePass,
		"not_applicable":             abi.OutcomeNotApplicable,
		`error "panic"`:              abi.OutcomeError,
		"info \"x\"\nerror \"late\"": abi.OutcomeError,
	} {
		if w, err := parseWant(text); err != nil || w.outcome != want {
			t.Errorf("parseWant(%q) = %s, %v, want %s", text, w.outcome, err, want)
		}
	}
}

func TestParseWantErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "no expectation",
		"# nothing":             "no expectation",
		"critical":              "quoted expression",
		`severe "x"`:            "quoted expression",
		`critical "("`:          "missing closing )",
		`critical x`:            "not an expectation",
		`critical gone "x"`:     "not an expectation",
		`a.log:x warning "443"`: "not an expectation",
	} {
		if _, err := parseWant(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseWant(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

// A position is that of a finding's evidence.
func TestCompareAtLine(t *testing.T) {
	w, err := parseWant(`logs/a.log:3 warning "refused"`)
	if err != nil {
		t.Fatal(err)
	}
	got := Output{
		Findings: []abi.Finding{{Severity: abi.Warning, Detail: "it refused", Evidence: []abi.Evidence{{File: "logs/a.log", Line: 3}}}},
		Status:   abi.Status{Outcome: abi.OutcomeFindings},
	}
	if problems := w.compare(got); len(problems) != 0 {
		t.Errorf("problems = %q", problems)
	}
	got.Findings[0].Evidence[0].Line = 4
	if problems := w.compare(got); len(problems) != 2 {
		t.Errorf("problems = %q, want a missing and a surplus finding", problems)
	}
}

func TestInBundle(t *testing.T) {
	tree, err := bundletest.Parse(txtar.Parse([]byte(`
-- facts/config.json --
{"items":[{"a/b":1,"t~x":"v","n":null}]}
-- metrics/samples.ndjson --
{"t":"2026-03-05T09:00:05Z","system.cpu.utilization":0.4,"more":1}
-- logs/app/a.log --
0123456789
`)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	pointer := func(s string) *string { return &s }
	offset := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name string
		e    abi.Evidence
		want string // part of the error; empty: it is there
	}{
		{"bytes", abi.Evidence{File: "logs/app/a.log", Offset: offset(0), Length: 11}, ""},
		{"bytes past the end", abi.Evidence{File: "logs/app/a.log", Offset: offset(1), Length: 11}, "has no bytes 1+11"},
		{"no bytes", abi.Evidence{File: "logs/app/a.log", Offset: offset(0)}, "has no bytes 0+0"},
		{"before the start", abi.Evidence{File: "logs/app/a.log", Offset: offset(-1), Length: 2}, "has no bytes"},
		{"no such file", abi.Evidence{File: "logs/app/b.log", Offset: offset(0), Length: 1}, "not exist"},
		{"escaped pointer", abi.Evidence{File: "facts/config.json", Pointer: pointer("/items/0/a~1b"), Value: json.RawMessage(`1`)}, ""},
		{"escaped tilde", abi.Evidence{File: "facts/config.json", Pointer: pointer("/items/0/t~0x"), Value: json.RawMessage(`"v"`)}, ""},
		{"other value", abi.Evidence{File: "facts/config.json", Pointer: pointer("/items/0/a~1b"), Value: json.RawMessage(`2`)}, "is 1, not 2"},
		{"no member", abi.Evidence{File: "facts/config.json", Pointer: pointer("/items/0/none"), Value: json.RawMessage(`null`)}, "has no /items/0/none"},
		{"no item", abi.Evidence{File: "facts/config.json", Pointer: pointer("/items/7"), Value: json.RawMessage(`null`)}, "has no /items/7"},
		{"through a leaf", abi.Evidence{File: "facts/config.json", Pointer: pointer("/items/0/t~0x/y"), Value: json.RawMessage(`1`)}, "has no"},
		{"sample", abi.Evidence{File: "metrics/samples.ndjson", Line: 1, Value: json.RawMessage(`{"system.cpu.utilization":0.4}`)}, ""},
		{"other sample", abi.Evidence{File: "metrics/samples.ndjson", Line: 1, Value: json.RawMessage(`{"system.cpu.utilization":0.5}`)}, "does not have {\"system.cpu.utilization\":0.5}"},
		{"no such line", abi.Evidence{File: "metrics/samples.ndjson", Line: 9, Value: json.RawMessage(`{}`)}, "has no line 9"},
		{"no form at all", abi.Evidence{File: "logs/app/a.log"}, "has no line 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := inBundle(b, c.e)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("inBundle = %v, want %q", err, c.want)
			}
		})
	}
}
