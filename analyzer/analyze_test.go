package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// analyzeText analyzes a bundle from its txtar text with the demo pack.
func analyzeText(t *testing.T, text string, o Options) *report.Report {
	t.Helper()
	return analyzeFile(t, zipOf(t, text), o)
}

func analyzeFile(t *testing.T, name string, o Options) *report.Report {
	t.Helper()
	b, in, err := Open(context.Background(), name, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	o.Integrity, o.CacheDir = in, cacheFolder()
	r, err := Analyze(context.Background(), b, []*packfile.Pack{demo(t)}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
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

func TestAnalyze(t *testing.T) {
	r := analyzeText(t, sick, Options{Version: "1.2.3"})
	raw, _ := json.MarshalIndent(r, "", " ")
	t.Logf("%s", raw)
	_ = bytes.Equal
	_ = strings.Contains
	_ = cmp.Diff(1, 2)
	_ = abi.Info
}
