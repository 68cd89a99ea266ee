package analyzer

import (
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// planned makes a plan of checks that have found something.
func planned(checks ...*check) *plan {
	p := &plan{bundle: &bundles.Bundle{}, role: "process-server", host: bundles.Host{Name: "PS01"}, checks: checks}
	for _, c := range checks {
		if c.module == nil {
			c.module = &module{}
		}
		c.result.ID = c.id()
	}
	return p
}

// finds gives a check with findings of one severity, by subject.
func finds(pack, id string, s abi.Severity, causes []abi.Cause, subjects ...string) *check {
	c := &check{pack: pack, meta: abi.Check{ID: id, ExplainedBy: causes}}
	c.result.Outcome = abi.OutcomePass
	for _, subject := range subjects {
		c.result.Outcome = abi.OutcomeFindings
		c.result.Findings = append(c.result.Findings, report.Finding{Finding: abi.Finding{
			Check: c.id(), Key: "k-" + subject, Subject: subject, Severity: s, Title: id + " " + subject,
		}})
	}
	return c
}

func by(checks ...string) []abi.Cause {
	var list []abi.Cause
	for _, c := range checks {
		list = append(list, abi.Cause{Check: c})
	}
	return list
}

// order lists findings and, after <, their causes.
func order(findings []*finding) (list []string) {
	for _, f := range findings {
		s := f.ref.Check + ":" + f.Subject
		for _, b := range f.Because {
			s += " <" + b.Check + ":" + b.Key
		}
		list = append(list, s)
	}
	return list
}

func TestLink(t *testing.T) {
	same := []abi.Cause{{Check: "b", SameSubject: true}}
	tests := map[string]struct {
		checks []*check
		want   []string
	}{
		"severity, then name": {
			[]*check{finds("p", "z", abi.Critical, nil, "1"), finds("p", "a", abi.Warning, nil, "2", "1"), finds("p", "b", abi.Critical, nil, "1")},
			[]string{"p/b:1", "p/z:1", "p/a:1", "p/a:2"},
		},
		"causes first": {
			[]*check{finds("p", "a", abi.Critical, by("b"), "1"), finds("p", "b", abi.Warning, nil, "1")},
			[]string{"p/b:1", "p/a:1 <p/b:k-1"},
		},
		"an information explains no fault": {
			[]*check{finds("p", "a", abi.Warning, by("b"), "1"), finds("p", "b", abi.Info, nil, "1")},
			[]string{"p/a:1", "p/b:1"},
		},
		"what explains comes before what stands alone": {
			[]*check{finds("p", "a", abi.Critical, nil, "1"), finds("p", "b", abi.Critical, nil, "1"), finds("p", "c", abi.Info, by("b"), "1")},
			[]string{"p/b:1", "p/a:1", "p/c:1 <p/b:k-1"},
		},
		"same subject, without case": {
			[]*check{finds("p", "a", abi.Info, same, "X", "y"), finds("p", "b", abi.Info, nil, "x", "z")},
			[]string{"p/b:x", "p/a:y", "p/b:z", "p/a:X <p/b:k-x"},
		},
		"some subjects, without case": {
			[]*check{finds("p", "a", abi.Info, []abi.Cause{{Check: "b", Subjects: []string{"Y", "z"}}}, "1"), finds("p", "b", abi.Info, nil, "x", "y")},
			[]string{"p/b:y", "p/b:x", "p/a:1 <p/b:k-y"},
		},
		"across packs": {
			[]*check{finds("p", "a", abi.Info, by("q/b"), "1"), finds("q", "b", abi.Info, nil, "1"), finds("p", "b", abi.Info, nil, "1")},
			[]string{"q/b:1", "p/b:1", "p/a:1 <q/b:k-1"},
		},
		"no circle of two": {
			[]*check{finds("p", "a", abi.Info, by("b"), "1"), finds("p", "b", abi.Critical, by("a"), "1")},
			[]string{"p/b:1", "p/a:1 <p/b:k-1"},
		},
		"no circle of three": {
			[]*check{finds("p", "a", abi.Info, by("b"), "1"), finds("p", "b", abi.Info, by("c"), "1"), finds("p", "c", abi.Info, by("a"), "1")},
			[]string{"p/c:1", "p/b:1 <p/c:k-1", "p/a:1 <p/b:k-1"},
		},
		"not itself, and nothing that did not fire": {
			[]*check{finds("p", "a", abi.Info, by("a", "b", "none"), "1"), finds("p", "b", abi.Info, nil)},
			[]string{"p/a:1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := order(planned(test.checks...).link()); !slices.Equal(got, test.want) {
				t.Errorf("order = %q, want %q", got, test.want)
			}
		})
	}
}

func TestOrderedChecks(t *testing.T) {
	p := planned(
		finds("p", "quiet", abi.Critical, nil), finds("p", "also-quiet", abi.Critical, nil),
		finds("p", "warns", abi.Warning, nil, "1"), finds("p", "follows", abi.Critical, by("warns"), "1"),
		finds("p", "worst", abi.Critical, nil, "2", "1"),
	)
	var got []string
	for _, c := range p.ordered(p.link()) {
		got = append(got, c.ID)
		for _, f := range c.Findings {
			got = append(got, f.Subject)
		}
	}
	want := []string{"p/worst", "1", "2", "p/warns", "1", "p/follows", "1", "p/also-quiet", "p/quiet"}
	if !slices.Equal(got, want) {
		t.Errorf("order = %q, want %q", got, want)
	}
}

func TestVerdict(t *testing.T) {
	pass := func(n int) (list []*check) {
		for i := range n {
			list = append(list, finds("ok", string(rune('a'+i)), abi.Info, nil))
		}
		return list
	}
	recovered := finds("p", "old", abi.Critical, nil, "1")
	recovered.result.Findings[0].State = abi.StateRecovered
	broken := finds("p", "broken", abi.Critical, nil)
	broken.result.Outcome, broken.result.Reason, broken.result.CouldBe = abi.OutcomeError, "trap: x", abi.Critical
	harmless := finds("p", "harmless", abi.Critical, nil)
	harmless.result.Outcome, harmless.result.CouldBe = abi.OutcomeError, abi.Warning
	classic := finds("p", "classic", abi.Critical, nil)
	classic.result.Outcome, classic.result.Reason = abi.OutcomeNotApplicable, "for standalone, this is appliance"
	source := finds("p", "source", abi.Critical, nil)
	source.result.Outcome, source.result.Reason = abi.OutcomeNotApplicable, "for a source-machine, this is a process-server"
	denied := finds("p", "denied", abi.Critical, nil)
	denied.result.Outcome, denied.result.Reason, denied.result.CouldBe = abi.OutcomeInsufficient, "services: x: denied: no", abi.Critical
	ok := bundles.Integrity{OK: true}
	tests := map[string]struct {
		checks    []*check
		integrity bundles.Integrity
		state     string
		headline  string
		reasons   int
	}{
		"healthy":          {pass(5), ok, report.StateHealthy, "No problem found in 5 checks", 0},
		"too few":          {pass(4), ok, report.StateInconclusive, "No problem found, but only 4 of 4 checks could answer", 1},
		"recovered":        {append(pass(5), recovered), ok, report.StateHealthy, "No problem found in 6 checks, but 1 that recovered", 0},
		"only information": {append(pass(5), finds("p", "i", abi.Info, nil, "1")), ok, report.StateHealthy, "No problem found in 6 checks", 0},
		"fault":            {append(pass(5), finds("p", "w", abi.Warning, nil, "1", "2")), ok, report.StateFault, "w 1 (and 1 more)", 0},
		"cause":            {append(pass(5), finds("p", "a", abi.Critical, by("b"), "1"), finds("p", "b", abi.Warning, nil, "1")), ok, report.StateFault, "b 1", 0},
		"cause over":       {append(pass(5), recovered, finds("p", "a", abi.Critical, by("old"), "1")), ok, report.StateFault, "a 1", 0},
		"broken":           {append(pass(5), broken), ok, report.StateInconclusive, "No problem found, but p/broken: trap: x", 1},
		"broken, harmless": {append(pass(5), harmless), ok, report.StateHealthy, "No problem found in 5 checks; 1 more could not answer", 0},
		"appliance":        {append(pass(5), classic, source, harmless), ok, report.StateHealthy, "No problem found in 5 checks; 1 made for classic servers left out; 1 more could not answer", 0},
		"an item denied":   {append(pass(5), denied), ok, report.StateInconclusive, "No problem found, but p/denied: services: x: denied: no", 1},
		"damaged": {
			pass(5),
			bundles.Integrity{Problems: []bundles.Problem{{Kind: bundles.ProblemMissing}, {Kind: bundles.ProblemExtra}}},
			report.StateInconclusive, "No problem found, but the bundle is damaged: files missing: 1", 1,
		},
		"unlisted files": {
			pass(5),
			bundles.Integrity{Problems: []bundles.Problem{{Kind: bundles.ProblemExtra, Path: "facts/disks.json"}, {Kind: bundles.ProblemExtra, Path: "note.txt"}}},
			report.StateInconclusive, "No problem found, but the manifest does not list files that are there: 1", 1,
		},
		"only extra files": {pass(5), bundles.Integrity{Problems: []bundles.Problem{{Kind: bundles.ProblemExtra}}}, report.StateHealthy, "No problem found in 5 checks", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := planned(test.checks...)
			v := p.verdict(p.link(), test.integrity)
			if v.State != test.state || v.Headline != test.headline || len(v.Reasons) != test.reasons {
				t.Errorf("%s %q %q, want %s %q and %d reasons", v.State, v.Headline, v.Reasons, test.state, test.headline, test.reasons)
			}
		})
	}
}

func TestVerdictLackingSources(t *testing.T) {
	for status, open := range map[string]bool{
		bundles.StatusDenied: true, bundles.StatusFailed: true, bundles.StatusTimeout: true, bundles.StatusPartial: true,
		"interrupted":         true,
		bundles.StatusSkipped: false, bundles.StatusWithheld: false, bundles.StatusOK: false,
	} {
		c := &check{pack: "p", meta: abi.Check{ID: "c", Inputs: []string{"in"}}}
		c.module = &module{describe: abi.Describe{Inputs: []abi.Input{{ID: "in", Glob: "facts/**/services.json", Required: true}}}}
		c.result.Outcome, c.result.Reason, c.result.CouldBe = abi.OutcomeInsufficient, "no", abi.Critical
		p := planned(c)
		p.bundle.Manifest.Sources = []bundles.Source{{Name: "services", Status: status}}
		if got := p.open(c) != ""; got != open {
			t.Errorf("source %s: open = %v, want %v", status, got, open)
		}
	}
}

func TestNext(t *testing.T) {
	ask := func(id string, outcome abi.Outcome, role string, args ...string) *check {
		c := finds("p", id, abi.Info, nil)
		c.result.Outcome, c.result.Ask = outcome, &abi.Ask{Role: role, Args: args, Why: "why " + id}
		return c
	}
	insufficient := abi.OutcomeInsufficient
	tests := map[string]struct {
		checks []*check
		want   []string
	}{
		"nothing": {[]*check{finds("p", "a", abi.Info, nil)}, nil},
		"merged": {
			[]*check{
				ask("a", insufficient, "", "--duration", "15m", "--commands"), ask("b", insufficient, "process-server", "--duration=1h"),
				ask("c", insufficient, "", "--quick"),
			},
			[]string{"PS01: asrcollect --commands --duration 1h"},
		},
		"another machine": {
			[]*check{ask("a", insufficient, "source-machine", "--probe", "b:443"), ask("b", insufficient, "source-machine", "--probe", "a:443")},
			[]string{"source-machine: asrcollect --probe a:443 --probe b:443"},
		},
		"sizes":               {[]*check{ask("a", insufficient, "", "--max-size", "2GiB"), ask("b", insufficient, "", "--max-size", "900MiB")}, []string{"PS01: asrcollect --max-size 2GiB"}},
		"answered":            {[]*check{ask("a", abi.OutcomePass, "", "--commands")}, nil},
		"not a word":          {[]*check{ask("a", insufficient, "", "--probe", "x; rm -rf /")}, nil},
		"not a flag":          {[]*check{ask("a", insufficient, "", "calc.exe")}, nil},
		"two words of a flag": {[]*check{ask("a", insufficient, "", "--probe", "a", "b")}, nil},
		"substitution":        {[]*check{ask("a", insufficient, "", "--probe=$(id)")}, nil},
		"a bad beside a good": {[]*check{ask("a", insufficient, "", "|sh"), ask("b", insufficient, "", "--commands")}, []string{"PS01: asrcollect --commands"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, n := range planned(test.checks...).next() {
				got = append(got, n.Host+": "+n.Command)
				if len(n.Answers) == 0 || len(n.Why) != len(n.Answers) {
					t.Errorf("answers %q, why %q", n.Answers, n.Why)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("next = %q, want %q", got, test.want)
			}
		})
	}
}

func TestNextAsksForRights(t *testing.T) {
	c := &check{pack: "p", meta: abi.Check{ID: "c", Inputs: []string{"in"}}, byHost: true}
	c.module = &module{describe: abi.Describe{Inputs: []abi.Input{{ID: "in", Glob: "facts/registry.json", Required: true}}}}
	c.result.Outcome, c.result.Reason = abi.OutcomeInsufficient, "registry: denied: access is denied"
	p := planned(c)
	p.bundle.Manifest.Sources = []bundles.Source{{Name: "registry", Status: bundles.StatusDenied}}
	n := p.next()
	if len(n) != 1 || n[0].Command != "asrcollect" || n[0].Why[0] != "run it with administrator rights: registry: denied: access is denied" {
		t.Errorf("next = %+v, want another run with rights", n)
	}
	p.bundle.Manifest.Collector.Elevated = true
	if n := p.next(); len(n) != 0 {
		t.Errorf("next = %+v after a run with rights, want none", n)
	}
}
