package analyzer

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// well is a bundle with nothing for the checks of the demo pack.
var well = strings.NewReplacer("stopped", "running", "0.95", "0.05", "ERROR", "INFO").Replace(sick)

// rewritten writes a zip again with the contents that change gives; nil leaves a
// file out.
func rewritten(t *testing.T, name string, change func(entry string, data []byte) []byte) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if data = change(f.Name, data); data == nil {
			continue
		}
		e, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNoPassOfDoubtfulFiles: what a check did not find in a file that is not the
// collector's is not known. Other checks keep their answers.
func TestNoPassOfDoubtfulFiles(t *testing.T) {
	const log, services, samples = "logs/app/C/app.log", "facts/services.json", "metrics/samples.ndjson"
	appended := func(data []byte) []byte { return append(data, '\n') }
	gone := func([]byte) []byte { return nil }
	other := func(data []byte) []byte {
		return bytes.Replace(data, []byte(`"`+services+`"`), []byte(`"`+services+`x"`), 1)
	}
	tests := map[string]struct {
		file   string
		change func([]byte) []byte
		check  string
		reason string
	}{
		"changed log":     {log, appended, "log-errors", log + ": changed: "},
		"missing log":     {log, gone, "log-errors", log + ": missing: "},
		"changed samples": {samples, appended, "cpu", samples + ": changed: "},
		"unlisted fact":   {"manifest.json", other, "services", services + ": extra: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bundle := zipOf(t, well)
			whole := analyzeFile(t, bundle, Options{})
			rewritten(t, bundle, func(entry string, data []byte) []byte {
				if entry == test.file {
					return test.change(data)
				}
				return data
			})
			r := analyzeFile(t, bundle, Options{})
			for _, c := range r.Checks {
				want := checkOf(t, whole, strings.TrimPrefix(c.ID, "demo/"))
				if c.ID != "demo/"+test.check {
					if c.Outcome != want.Outcome {
						t.Errorf("%s is %s %q, was %s", c.ID, c.Outcome, c.Reason, want.Outcome)
					}
					continue
				}
				if want.Outcome != abi.OutcomePass || c.Outcome != abi.OutcomeInsufficient || !strings.HasPrefix(c.Reason, test.reason) {
					t.Errorf("%s is %s %q, was %s; want %q", c.ID, c.Outcome, c.Reason, want.Outcome, test.reason)
				}
			}
			if code := r.ExitCode(""); code != 4 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// TestFindingOfDoubtfulFile: a finding from a file that is not the collector's
// says so.
func TestFindingOfDoubtfulFile(t *testing.T) {
	bundle := zipOf(t, sick)
	rewritten(t, bundle, func(entry string, data []byte) []byte {
		if strings.HasPrefix(entry, "logs/") {
			data = append(data, '\n')
		}
		return data
	})
	r := analyzeFile(t, bundle, Options{})
	for id, marked := range map[string]bool{"log-errors": true, "services": false} {
		for _, f := range checkOf(t, r, id).Findings {
			if got := strings.Contains(f.Confidence, unproved); got != marked {
				t.Errorf("%s: confidence %q", id, f.Confidence)
			}
		}
	}
}
