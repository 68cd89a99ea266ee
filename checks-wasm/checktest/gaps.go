package checktest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Gaps lists what the fixtures of a check, in a folder testdata, do not show: a
// finding of each declared severity, a pass, a lack of data, a machine that the
// check is not for, and for a check that reads logs by time a fault that is over.
func Gaps(c *check.Check, testdata string) ([]string, error) {
	shown := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(testdata, c.ID, "*.txtar"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		note(shown, run(c, data).got)
	}
	if c.Pattern != nil {
		for _, pc := range c.Pattern.Cases() {
			note(shown, tryCase(c, pc).got)
		}
	}
	want := needs(c)
	maps.DeleteFunc(want, func(what string, _ bool) bool { return shown[what] })
	return slices.Sorted(maps.Keys(want)), nil
}

func note(shown map[string]bool, got Output) {
	shown[string(got.Status.Outcome)] = true
	for _, f := range got.Findings {
		shown[string(f.Severity)] = true
		shown[f.State] = true
	}
}

// needs is what fixtures must show.
func needs(c *check.Check) map[string]bool {
	want := map[string]bool{string(abi.OutcomePass): true, string(abi.OutcomeInsufficient): true}
	for _, s := range c.Severities {
		want[string(s)] = true
	}
	if len(c.Roles)+len(c.OS)+len(c.Deployments) > 0 && c.Pattern == nil { // of a pattern the host alone decides
		want[string(abi.OutcomeNotApplicable)] = true
	}
	for _, s := range c.Scans {
		if s.Format != "" && slices.Contains(c.Severities, abi.Info) {
			want[abi.StateRecovered] = true
		}
	}
	return want
}
