package checktest

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"golang.org/x/tools/txtar"
)

// tryCase runs one fixture of a pattern, under the rules of all fixtures.
func tryCase(c *check.Check, pc pattern.Case) result {
	var r result
	ar := &txtar.Archive{}
	for _, name := range slices.Sorted(maps.Keys(pc.Files)) {
		if name == bundles.HeaderPath {
			continue // made from the manifest
		}
		ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(pc.Files[name])})
	}
	tree, err := bundletest.Parse(ar)
	if err != nil {
		return r.problem(err)
	}
	b, err := tree.Bundle()
	if err != nil {
		return r.problem(err)
	}
	if r.got, err = RunBundle(c, b); err != nil {
		return r.problem(err)
	}
	r.problems = append(r.problems, compareCase(pc, r.got)...)
	r.problems = append(r.problems, checkFindings(c, b, r.got.Findings)...)
	if len(r.got.Findings) > 0 {
		r.problems = append(r.problems, dropInputs(c, tree)...)
	}
	return r
}

func compareCase(pc pattern.Case, got Output) []string {
	if got.Status.Outcome != pc.Outcome {
		return []string{fmt.Sprintf("outcome %s %q, want %s", got.Status.Outcome, got.Status.Reason, pc.Outcome)}
	}
	if pc.Outcome == abi.OutcomeFindings && !slices.ContainsFunc(got.Findings, func(f abi.Finding) bool {
		return f.Severity == pc.Severity && (pc.State == "" || f.State == pc.State) && strings.HasPrefix(f.Key, pc.Key)
	}) {
		return []string{fmt.Sprintf("no finding %s is %s %s", pc.Key, pc.Severity, pc.State)}
	}
	return nil
}

// Patterns holds the files patterns/*.json of a pack to the rules of their format,
// and runs their fixtures.
func Patterns(t *testing.T, files fs.FS, known pattern.Known) {
	t.Helper()
	names, err := fs.Glob(files, "patterns/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no patterns: %v", err)
	}
	for _, name := range names {
		t.Run(path.Base(name), func(t *testing.T) {
			raw, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := pattern.Parse(raw)
			if err == nil {
				err = p.Validate(path.Base(name), known)
			}
			if err != nil {
				t.Fatal(err)
			}
			c := check.PatternCheck(raw, known)
			for _, pc := range c.Pattern.Cases() {
				r := tryCase(c, pc)
				for _, problem := range r.problems {
					t.Errorf("%s: %s", pc.Name, problem)
				}
				if len(r.problems) > 0 {
					t.Logf("got:\n%s", r.got.text())
				}
			}
		})
	}
}
