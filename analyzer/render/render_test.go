package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is the desk's clock in all goldens.
var now = time.Date(2026, 4, 3, 9, 0, 0, 0, time.UTC)

// TestMain fixes the width of ambiguous characters, which otherwise follows the
// locale of whoever runs the tests.
func TestMain(m *testing.M) {
	twwidth.SetOptions(twwidth.Options{})
	os.Exit(m.Run())
}

func load(t *testing.T, name string) *report.Report {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatalf("read report %q: %v", name, err)
	}
	return &r
}

// fixtures are the names of all reports in testdata.
func fixtures(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) < 4 {
		t.Fatalf("reports in testdata: %d, %v; want at least 4", len(paths), err)
	}
	var names []string
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".json"))
	}
	return names
}

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-update accepts it; -want +got):\n%s", path, diff)
	}
}

func draw(t *testing.T, r *report.Report, o TableOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Table(&b, r, o); err != nil {
		t.Fatalf("Table: %v", err)
	}
	return b.String()
}

func TestTableGolden(t *testing.T) {
	for _, name := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			r := load(t, name)
			forms := map[string]TableOptions{".table": {Width: 80, Now: now}}
			if name != "hostile" { // long, and its widths are tested elsewhere
				forms[".table-100"] = TableOptions{Width: 100, Now: now}
				forms[".table-verbose"] = TableOptions{Width: 100, Now: now, Verbose: true}
			}
			for suffix, o := range forms {
				golden(t, name+suffix+".golden", []byte(draw(t, r, o)))
			}
		})
	}
}

// TestJSONGolden: the reports in testdata are in the form that JSON writes.
func TestJSONGolden(t *testing.T) {
	for _, name := range fixtures(t) {
		var b bytes.Buffer
		if err := JSON(&b, load(t, name)); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", b.Bytes())
	}
}

func TestJSONKeepsEverything(t *testing.T) {
	for _, name := range fixtures(t) {
		want := load(t, name)
		for form, write := range map[string]func(*bytes.Buffer) error{
			"JSON":     func(b *bytes.Buffer) error { return JSON(b, want) },
			"JSONLine": func(b *bytes.Buffer) error { return JSONLine(b, want) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatalf("%s(%s): %v", form, name, err)
			}
			if out := b.String(); strings.ContainsFunc(strings.ReplaceAll(out, "\n", ""), hidden) {
				t.Errorf("%s(%s) has raw characters that act on a terminal", form, name)
			} else if !strings.HasSuffix(out, "}\n") || strings.HasSuffix(out, "\n\n") {
				t.Errorf("%s(%s) does not end in one newline", form, name)
			} else if lines := strings.Count(out, "\n"); (lines == 1) != (form == "JSONLine") {
				t.Errorf("%s(%s) has %d lines", form, name, lines)
			}
			var got report.Report
			if err := json.Unmarshal(b.Bytes(), &got); err != nil {
				t.Fatalf("%s(%s) does not parse: %v", form, name, err)
			}
			if diff := cmp.Diff(compacted(t, want), compacted(t, &got)); diff != "" {
				t.Errorf("%s(%s) lost something (-want +got):\n%s", form, name, diff)
			}
		}
	}
}

// compacted is a report as the standard encoder writes it.
func compacted(t *testing.T, r *report.Report) string {
	t.Helper()
	var v any
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestJSONInvalidUTF8(t *testing.T) {
	r := load(t, "healthy")
	r.Verdict.Headline = "a\xffb"
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\"a\uFFFDb\"") && !strings.Contains(b.String(), `"a\ufffdb"`) {
		t.Error("invalid UTF-8 was not replaced by U+FFFD")
	}
}

func TestHTMLGolden(t *testing.T) {
	for _, name := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".html.golden", pageOf(t, load(t, name)))
		})
	}
}

func pageOf(t *testing.T, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r, now); err != nil {
		t.Fatalf("HTML: %v", err)
	}
	return b.Bytes()
}
