package analyzer

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// guestC compiles the example in C, or skips the test.
func guestC(t *testing.T) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "host_name.wasm")
	cmd := exec.Command("make", "-C", filepath.Join("..", "checks-wasm", "examples", "c"), "OUT="+out)
	if msg, err := cmd.CombinedOutput(); err != nil {
		program.Missing(t, "the example in C does not compile, for want of clang with wasi-libc: %v\n%s", err, msg)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// TestGuestInC runs a module that knows nothing of Go beside one in Go.
func TestGuestInC(t *testing.T) {
	wasm := guestC(t)
	d, err := Describe(context.Background(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := buildPack("in-c", packfile.SourceModule{Name: "host-name", Wasm: wasm, Describe: d})
	if err != nil {
		t.Fatal(err)
	}
	p, err := packfile.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		outcome abi.Outcome
		reason  string
	}{
		`{"taken":"2026-03-05T09:00:00Z","name":"SHORT"}`: {abi.OutcomePass, ""},
		`{"name":"A-RATHER-LONG-NAME"}`:                   {abi.OutcomeFindings, ""},
		`{"os":"windows"}`:                                {abi.OutcomeInsufficient, "facts/host.json has no name"},
	}
	for host, want := range tests {
		r, err := analyzePacks(t, zipOf(t, sick+"-- facts/host.json --\n"+host+"\n"), Options{}, p, demo(t))
		if err != nil {
			t.Fatal(err)
		}
		var got report.Check
		for _, c := range r.Checks {
			if c.ID == "in-c/host-name" {
				got = c
			}
		}
		if got.Outcome != want.outcome || got.Reason != want.reason {
			t.Errorf("%s: %s %q, want %s %q", host, got.Outcome, got.Reason, want.outcome, want.reason)
		}
		for _, f := range got.Findings {
			if len(f.Evidence) != 1 || f.DroppedEvidence != 0 {
				t.Errorf("%s: evidence %+v, %d dropped", host, f.Evidence, f.DroppedEvidence)
			}
		}
		if c := checkOf(t, r, "services"); c.Outcome != abi.OutcomeFindings {
			t.Errorf("the Go check beside it: %s %q", c.Outcome, c.Reason)
		}
	}
}
