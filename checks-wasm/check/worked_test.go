package check

import (
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// TestRemedyEndsWithProof: the step that shows whether a remedy worked is its last
// one, but for the Deployment Planner, and information has none.
func TestRemedyEndsWithProof(t *testing.T) {
	const proof, planner = "It worked when it answers.", "Run the Deployment Planner."
	for _, c := range []struct {
		name     string
		severity abi.Severity
		worked   string
		in, want []string
	}{
		{"last", abi.Critical, proof, []string{"Start it."}, []string{"Start it.", proof}},
		{"before the planner", abi.Warning, proof, []string{"Start it.", planner}, []string{"Start it.", proof, planner}},
		{"information", abi.Info, proof, []string{"Start it."}, []string{"Start it."}},
		{"no remedy", abi.Warning, proof, nil, nil},
		{"nothing to see", abi.Warning, "", []string{"Start it."}, []string{"Start it."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := (&Check{Worked: c.worked}).withProof(Finding{Severity: c.severity, Remedy: c.in})
			if !slices.Equal(got, c.want) {
				t.Errorf("remedy = %q, want %q", got, c.want)
			}
		})
	}
}
