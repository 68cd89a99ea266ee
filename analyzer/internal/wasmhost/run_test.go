package wasmhost

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// runOne runs one check beside a good one and gives its answer.
func runOne(t *testing.T, id string) Answer {
	t.Helper()
	answers, err := hostile(t).Run(context.Background(), request(t, "good", id))
	if err != nil {
		t.Fatal(err)
	}
	if got := answers["good"]; got.Outcome != abi.OutcomePass {
		t.Errorf("the check beside %q: %v %q, want a pass", id, got.Outcome, got.Reason)
	}
	return answers[id]
}

func TestRunErrors(t *testing.T) {
	tests := map[string]struct {
		reason   string // beginning
		findings int    // that stay
	}{
		"trap":             {"exit code 2: panic: runtime error: invalid memory address", 0},
		"exit":             {"exit code 7", 0},
		"exit-zero":        {"no status", 1},
		"panic":            {"exit code 2: panic: boom", 0},
		"found-then-panic": {"exit code 2: panic: late", 1},
		"memory":           {"used more than 128 MiB of memory", 0},
		"recursion":        {"used more than 128 MiB of memory", 0},
		"flood":            {"printed more than 4 MiB", 0},
		"long-line":        {"printed a line of more than 64 KiB", 0},
		"million":          {"reported more than 1000 findings", 0},
		"many-files":       {"opened more than 1000 files", 0},
		"no-status":        {"no status", 0},
		"two-statuses":     {"more than one status", 0},
		"no-end":           {"incomplete output: no end line", 0},
		"miscount":         {"incomplete output: 0 findings and 1 statuses arrived, the end line says 1 and 1", 0},
		"bad-json":         {"bad output line: not a JSON object", 0},
		"bad-utf8":         {"bad output line: not UTF-8", 0},
		"bad-array":        {"bad output line: not a JSON object", 0},
		"bad-outcome":      {`bad output line: status: outcome "wonderful" is unknown`, 0},
		"bad-severity":     {`bad output line: finding "a": severity "info" is not one that the check declares`, 1},
		"same-key":         {`bad output line: finding "a": its key was used before`, 1},
		"no-key":           {"bad output line: finding \"\": its key has 0 bytes", 0},
		"empty-handed":     {"its status says findings, and there are none", 0},
		"pass-findings":    {"its status says pass beside 1 findings", 1},
	}
	for id, test := range tests {
		t.Run(id, func(t *testing.T) {
			a := runOne(t, id)
			if a.Outcome != abi.OutcomeError || !strings.HasPrefix(a.Reason, test.reason) {
				t.Errorf("%v %q, want an error %q", a.Outcome, a.Reason, test.reason)
			}
			if len(a.Findings) != test.findings {
				t.Errorf("%d findings stay, want %d", len(a.Findings), test.findings)
			}
		})
	}
}

func TestRunSandbox(t *testing.T) {
	tests := map[string]string{
		"environment": "[]",
		"outside":     "true true true true true",
		"write":       `5 {"items":[]}`,
		"list": ". bundle bundle/bundle.json bundle/facts bundle/facts/services.json bundle/manifest.json " +
			"run run/request.json scans scans/s.jsonl",
		"sleep": "1h0m0s",
		"clock": "true false true",
		"stdin": "0 EOF",
	}
	for id, want := range tests {
		t.Run(id, func(t *testing.T) {
			if a := runOne(t, id); a.Outcome != abi.OutcomePass || a.Reason != want {
				t.Errorf("%v %q, want pass %q", a.Outcome, a.Reason, want)
			}
		})
	}
}

func TestRunTolerates(t *testing.T) {
	for _, id := range []string{"unknown-lines", "for-others", "stderr"} {
		if a := runOne(t, id); a.Outcome != abi.OutcomePass || len(a.Findings) != 0 {
			t.Errorf("%s: %v %q with %d findings, want a pass", id, a.Outcome, a.Reason, len(a.Findings))
		}
	}
	if a := runOne(t, "insufficient"); a.Outcome != abi.OutcomeInsufficient || len(a.Findings) != 1 {
		t.Errorf("insufficient: %v with %d findings, want insufficient_data with one", a.Outcome, len(a.Findings))
	}
}

func TestRunKeepsStderrOfErrors(t *testing.T) {
	if a := runOne(t, "panic"); !strings.Contains(a.Stderr, "goroutine 1") {
		t.Errorf("Stderr = %q, want the guest's trace", a.Stderr)
	}
	if a := runOne(t, "stderr"); a.Stderr != "" {
		t.Errorf("a pass has %d bytes of Stderr", len(a.Stderr))
	}
}

func TestRunBooksInputs(t *testing.T) {
	answers, err := hostile(t).Run(context.Background(), request(t, "first", "reader", "last"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"facts/services.json", "scans/s.jsonl"}
	if got := answers["reader"].Inputs; !slices.Equal(got, want) {
		t.Errorf("Inputs = %q, want %q", got, want)
	}
	for _, id := range []string{"first", "last"} {
		if got := answers[id].Inputs; len(got) > 0 {
			t.Errorf("Inputs of %s = %q, want none", id, got)
		}
	}
}

func TestRunUnsupported(t *testing.T) {
	for id, want := range map[string]string{
		"unsupported": "the module does not support ABI 1.0",
		"usage":       "the module did not understand its command line or request",
	} {
		var runs int
		req := request(t, "good", id)
		req.Instance = func([]string, time.Duration) func() { runs++; return func() {} }
		answers, err := hostile(t).Run(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		if a := answers["good"]; a.Reason != want || runs != 1 {
			t.Errorf("%s: %q after %d instances, want %q after 1", id, a.Reason, runs, want)
		}
	}
}

func TestRunTwiceIsTheSame(t *testing.T) {
	ids := []string{"random", "clock", "sleep", "panic", "reader", "list"}
	var first map[string]Answer
	for range 2 {
		answers, err := hostile(t).Run(context.Background(), request(t, ids...))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = answers
		} else if !reflect.DeepEqual(first, answers) {
			t.Errorf("second run = %v, want %v", answers, first)
		}
	}
}

func TestRunInstances(t *testing.T) {
	var got [][]string
	req := request(t, "good", "exit")
	req.Instance = func(ids []string, wall time.Duration) func() {
		if wall != abi.MaxWall {
			t.Errorf("wall = %v, want %v", wall, abi.MaxWall)
		}
		got = append(got, ids)
		return func() { got = append(got, nil) }
	}
	if _, err := hostile(t).Run(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"good", "exit"}, nil, {"good"}, nil, {"exit"}, nil}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("instances = %q, want %q", got, want)
	}
}
