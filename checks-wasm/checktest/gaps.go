package checktest

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Whole fails when the fixtures of a check have gaps that are not listed, and when
// one that is listed is none any more. Fixtures are in testdata, but for those of
// the checks for which elsewhere names another folder.
func Whole(t *testing.T, checks []*check.Check, elsewhere map[string]string, listed map[string][]string) {
	t.Helper()
	known := map[string]bool{}
	for _, c := range checks {
		known[c.ID] = true
		gaps, err := Gaps(c, cmp.Or(elsewhere[c.ID], "testdata"))
		if err != nil {
			t.Fatal(err)
		}
		for _, gap := range gaps {
			if !slices.Contains(listed[c.ID], gap) {
				t.Errorf("no fixture of %s shows %s", c.ID, gap)
			}
		}
		for _, gap := range listed[c.ID] {
			if !slices.Contains(gaps, gap) {
				t.Errorf("%s: %s is shown now, take it from the list", c.ID, gap)
			}
		}
	}
	for id := range listed {
		if !known[id] {
			t.Errorf("the list names %s, which is no check", id)
		}
	}
}

// Gaps lists what the fixtures of a check, in a folder testdata, do not show: a
// finding of each declared severity, a pass, a lack of data, a machine that the
// check is not for, and for a check that looks for lines by time a fault that is over.
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
	if c.Pattern != nil { // the rest is the same for all of them
		for _, r := range c.Pattern.Rules {
			want[string(r.Severity)] = true
		}
		if c.Pattern.Output.Program == "" {
			want[abi.StateRecovered] = true
		}
		return want
	}
	for _, s := range c.Severities {
		want[string(s)] = true
	}
	if len(c.Roles)+len(c.OS)+len(c.Deployments) > 0 {
		want[string(abi.OutcomeNotApplicable)] = true
	}
	for _, s := range c.Scans {
		if s.Format != "" && s.Tally == nil && slices.Contains(c.Severities, abi.Info) {
			want[abi.StateRecovered] = true
		}
	}
	return want
}
