package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
	"golang.org/x/tools/txtar"
)

// incidents are whole machines with a known fault. Their files "want" are
// written from the fault:
//
//	[first] SEVERITY CHECK "expression"   a finding whose title matches
//	pass CHECK                            the check is content, or reports info only
//
// Every finding above info must be wanted; "first" is the one that a report
// puts on top.
const incidents = "../../bundles/testdata/incidents/*.txtar"

func TestIncidents(t *testing.T) {
	files, err := filepath.Glob(incidents)
	if err != nil || len(files) < 3 {
		t.Fatalf("Glob(%q) = %d files, %v", incidents, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := bundletest.Parse(txtar.Parse(data))
			if err != nil {
				t.Fatal(err)
			}
			b, err := tree.Bundle()
			if err != nil {
				t.Fatal(err)
			}
			compareIncident(t, b, string(tree.Extra["want"]))
		})
	}
}

// expectation is a line of want.
type expectation struct {
	first    bool
	pass     bool
	check    string
	severity abi.Severity
	title    *regexp.Regexp
}

var expectationRE = regexp.MustCompile(`^(first )?(critical|warning|info|pass) ([a-z0-9-]+)(?: "(.*)")?$`)

func parseExpectations(text string) ([]expectation, error) {
	var list []expectation
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(l, "#") {
			continue
		}
		m := expectationRE.FindStringSubmatch(l)
		if m == nil {
			return nil, fmt.Errorf("want: line %q", l)
		}
		re, err := regexp.Compile(m[4])
		if err != nil {
			return nil, err
		}
		list = append(list, expectation{first: m[1] != "", pass: m[2] == "pass", check: m[3], severity: abi.Severity(m[2]), title: re})
	}
	return list, nil
}

func compareIncident(t *testing.T, b *bundles.Bundle, text string) {
	t.Helper()
	want, err := parseExpectations(text)
	if err != nil {
		t.Fatal(err)
	}
	outputs, findings := runAll(t, b)
	left := slices.Clone(findings)
	for _, w := range want {
		if w.pass {
			comparePass(t, w.check, outputs[w.check])
			continue
		}
		i := slices.IndexFunc(left, func(f abi.Finding) bool {
			return f.Check == w.check && f.Severity == w.severity && w.title.MatchString(f.Title)
		})
		if i < 0 {
			t.Errorf("no %s of %s with a title like %q", w.severity, w.check, w.title)
			continue
		}
		if f := left[i]; w.first && (f.Check != findings[0].Check || f.Key != findings[0].Key) {
			t.Errorf("first is %q, want %q", findings[0].Title, f.Title)
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, f := range left {
		if f.Severity != abi.Info {
			t.Errorf("unexpected %s of %s: %q\n%s", f.Severity, f.Check, f.Title, f.Detail)
		}
	}
}

func comparePass(t *testing.T, id string, out checktest.Output) {
	t.Helper()
	above := slices.ContainsFunc(out.Findings, func(f abi.Finding) bool { return f.Severity != abi.Info })
	if o := out.Status.Outcome; above || o != abi.OutcomePass && o != abi.OutcomeFindings {
		t.Errorf("%s: outcome %q, %q, want pass", id, out.Status.Outcome, out.Status.Reason)
	}
}

// runAll runs the pack and gives the findings in the order of a report: what
// nothing explains first, then by severity, then what explains others, then by
// name.
func runAll(t *testing.T, b *bundles.Bundle) (map[string]checktest.Output, []abi.Finding) {
	t.Helper()
	outputs := map[string]checktest.Output{}
	var all []abi.Finding
	list := checks()
	for _, c := range list {
		out, err := checktest.RunBundle(c, b)
		if err != nil {
			t.Fatal(err)
		}
		outputs[c.ID] = out
		all = append(all, out.Findings...)
	}
	explained, explains := links(list, all)
	slices.SortStableFunc(all, func(x, y abi.Finding) int {
		return cmp.Or(
			cmp.Compare(min(explained[x.Check], 1), min(explained[y.Check], 1)),
			cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
			cmp.Compare(min(explains[y.Check], 1), min(explains[x.Check], 1)),
			strings.Compare(x.Check, y.Check))
	})
	return outputs, all
}

// links counts by check the findings that explain it and that it explains.
func links(list []*check.Check, all []abi.Finding) (explained, explains map[string]int) {
	explained, explains = map[string]int{}, map[string]int{}
	for _, c := range list {
		for _, cause := range c.ExplainedBy {
			for _, f := range all {
				for _, g := range all {
					if f.Check == c.ID && g.Check == cause.Check && (!cause.SameSubject || f.Subject == g.Subject) &&
						(len(cause.Subjects) == 0 || slices.Contains(cause.Subjects, g.Subject)) {
						explained[f.Check]++
						explains[g.Check]++
					}
				}
			}
		}
	}
	return explained, explains
}
