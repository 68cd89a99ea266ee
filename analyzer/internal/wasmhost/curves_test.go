package wasmhost

import (
	"fmt"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// TestCurves: an exhibit may leave its points to the host for series that its
// check declares, and not too often.
func TestCurves(t *testing.T) {
	exhibit := func(more string) string {
		return `{"t":"exhibit","check":"a","kind":"series","title":"T",` + more + "}\n"
	}
	tests := map[string]struct{ lines, problem string }{
		"declared":   {exhibit(`"series":"cpu"`), ""},
		"own points": {exhibit(`"points":[{"t":"2026-03-05T09:00:00Z","value":1}]`), ""},
		"many":       {strings.Repeat(exhibit(`"series":"cpu"`), abi.MaxCurves), ""},
		"unknown":    {exhibit(`"series":"memory"`), `series "memory" is not one that the check declares`},
		"both":       {exhibit(`"series":"cpu","points":[{"t":"2026-03-05T09:00:00Z","value":1}]`), "it names a series and has points"},
		"too many":   {strings.Repeat(exhibit(`"series":"cpu"`), abi.MaxCurves+1), fmt.Sprintf("more than %d name a series", abi.MaxCurves)},
	}
	for what, test := range tests {
		o := newOutput(newInstance(limitsOf(t), testTime), []abi.Check{{ID: "a", Series: []string{"cpu"}}})
		if _, err := o.Write([]byte(test.lines)); err != nil {
			t.Fatal(err)
		}
		problems := strings.Join(o.checks["a"].problems, "; ")
		if (problems == "") != (test.problem == "") || !strings.Contains(problems, test.problem) {
			t.Errorf("%s: problems %q, want %q", what, problems, test.problem)
		}
	}
}
