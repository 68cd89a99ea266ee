// Package checktest tries checks on fixtures.
//
// A fixture is testdata/<check>/<case>.txtar: a bundle in the form of package
// bundletest, and a file "want" with a line for each expectation:
//
//	critical "18 % free"                      a finding whose title or detail matches
//	logs/cbengine/C/x.errlog:3 warning "443"  one with evidence at that line
//	info recovered "until 02:31Z"             one in that state
//	pass ["reason"]                           the outcome, with its reason
//	not_applicable ["reason"]
//	insufficient_data "services: denied"
//
// Expressions are RE2. Findings without a line and lines without a finding both
// fail. Without an outcome line, findings mean the outcome "findings".
//
// Run also holds every finding to the rules that the host applies: evidence
// that is in the bundle, a declared severity, a unique key, and that taking an
// input away never turns a finding into a pass.
package checktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"golang.org/x/tools/txtar"
)

// Run runs all fixtures of a check, and those of a pattern. It fails without a firing, a passing and an
// insufficient one.
func Run(t *testing.T, c *check.Check) {
	t.Helper()
	dir := filepath.Join("testdata", c.ID)
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[abi.Outcome]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			report(t, try(c, data), seen)
		})
	}
	if c.Pattern != nil {
		for _, pc := range c.Pattern.Cases() {
			t.Run("pattern-"+pc.Name, func(t *testing.T) { report(t, tryCase(c, pc), seen) })
		}
	}
	for _, o := range missing(seen) {
		t.Errorf("%s has no fixture with the outcome %s", dir, o)
	}
}

func report(t *testing.T, r result, seen map[abi.Outcome]bool) {
	t.Helper()
	seen[r.got.Status.Outcome] = true
	for _, problem := range r.problems {
		t.Error(problem)
	}
	if len(r.problems) > 0 {
		t.Logf("got:\n%s", r.got.text())
	}
}

// missing lists the outcomes that every check must be shown to have.
func missing(seen map[abi.Outcome]bool) []abi.Outcome {
	need := []abi.Outcome{abi.OutcomeFindings, abi.OutcomePass, abi.OutcomeInsufficient}
	return slices.DeleteFunc(need, func(o abi.Outcome) bool { return seen[o] })
}

// result is what became of a fixture.
type result struct {
	tree     *bundletest.Tree
	got      Output
	problems []string
}

// problem adds one and gives what there is.
func (r *result) problem(err error) result {
	r.problems = append(r.problems, err.Error())
	return *r
}

// try runs one fixture and lists everything that is wrong with it, also without
// one of its files.
func try(c *check.Check, data []byte) result {
	r := run(c, data)
	if len(r.got.Findings) > 0 {
		r.problems = append(r.problems, dropInputs(c, r.tree)...)
	}
	return r
}

// run runs one fixture as it is.
func run(c *check.Check, data []byte) (r result) {
	tree, err := bundletest.Parse(txtar.Parse(data))
	if err != nil {
		return r.problem(err)
	}
	r.tree = tree
	want, err := parseWant(string(tree.Extra["want"]))
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
	r.problems = append(r.problems, want.compare(r.got)...)
	r.problems = append(r.problems, checkFindings(c, b, r.got.Findings)...)
	return r
}

// Output is what a check said.
type Output struct {
	Findings []abi.Finding
	Exhibits []abi.Exhibit
	Status   abi.Status
}

// RunBundle runs one check natively, as the host would.
func RunBundle(c *check.Check, b *bundles.Bundle) (Output, error) {
	d, err := check.Describe("checktest", []*check.Check{c})
	if err != nil {
		return Output{}, err
	}
	plan := check.NewPlan(b, d, nil)
	if len(plan.Answered) > 0 {
		return Output{Status: plan.Answered[0]}, nil
	}
	root, err := plan.Mount()
	if err != nil {
		return Output{}, err
	}
	var stdout, stderr bytes.Buffer
	if code := check.Run(root, []*check.Check{c}, &stdout, &stderr); code != abi.ExitOK {
		return Output{}, fmt.Errorf("exit code %d: %s", code, stderr.String())
	}
	return parseOutput(stdout.Bytes())
}

func parseOutput(stdout []byte) (Output, error) {
	var out Output
	for _, line := range bytes.Split(bytes.TrimSpace(stdout), []byte("\n")) {
		var head struct {
			T string `json:"t"`
		}
		if err := json.Unmarshal(line, &head); err != nil {
			return out, fmt.Errorf("output line %q: %w", line, err)
		}
		var err error
		switch head.T {
		case abi.TypeFinding:
			var f abi.Finding
			err = json.Unmarshal(line, &f)
			out.Findings = append(out.Findings, f)
		case abi.TypeExhibit:
			var e abi.Exhibit
			err = json.Unmarshal(line, &e)
			out.Exhibits = append(out.Exhibits, e)
		case abi.TypeStatus:
			err = json.Unmarshal(line, &out.Status)
		}
		if err != nil {
			return out, fmt.Errorf("output line %q: %w", line, err)
		}
	}
	return out, nil
}

func (o Output) text() string {
	var b strings.Builder
	for _, f := range o.Findings {
		fmt.Fprintf(&b, "%s %s %q\n  %s\n", f.Severity, f.State, f.Title, f.Detail)
	}
	fmt.Fprintf(&b, "%s %q", o.Status.Outcome, o.Status.Reason)
	return b.String()
}

// dropInputs takes every file away in turn, with its source denied: the check
// must not become content by it.
func dropInputs(c *check.Check, tree *bundletest.Tree) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(tree.Data)) {
		b, err := tree.Without(name).Bundle()
		if err != nil {
			problems = append(problems, fmt.Sprintf("without %s: %v", name, err))
			continue
		}
		out, err := RunBundle(c, b)
		switch {
		case err != nil:
			problems = append(problems, fmt.Sprintf("without %s: %v", name, err))
		case out.Status.Outcome == abi.OutcomePass:
			problems = append(problems, fmt.Sprintf("without %s the finding becomes a pass: %q", name, out.Status.Reason))
		}
	}
	return problems
}
