package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Verdict is what must come out of the analysis of a bundle. It is written from
// the fault, not from what came out.
type Verdict struct {
	State  string // report.StateFault, StateHealthy or StateInconclusive
	Wanted []Wanted
	// Answers are outcomes that checks must have, in the incident's order.
	Answers []Outcome
	// Never are findings that must not come out, not even as an information.
	Never []Wanted
}

// Wanted describes findings: all that are not empty must hold.
type Wanted struct {
	First    bool // the one to act on, on top of the report
	Severity abi.Severity
	Check    string // without the pack
	File     string // pattern; one of the finding's pieces of evidence lies there
	Text     string // part of the title, or of the evidence in File
}

// Outcome is what a check must have come to.
type Outcome struct {
	Check   string
	Outcome abi.Outcome
}

// verdictLine reads a line of the section "checks":
//
//	verdict STATE
//	[first] SEVERITY | CHECK | FILE | TEXT
//	never | CHECK | TEXT
//	pass | CHECK
//	insufficient | CHECK
func (in *Incident) verdictLine(l string) error {
	if state, ok := strings.CutPrefix(l, "verdict "); ok {
		if !slices.Contains([]string{report.StateFault, report.StateHealthy, report.StateInconclusive}, state) {
			return fmt.Errorf("verdict %q: want fault, healthy or inconclusive", state)
		}
		in.Verdict.State = state
		return nil
	}
	c := append(cells(l), "", "", "")
	if c[1] == "" || strings.Contains(c[1], "/") {
		return fmt.Errorf("want the name of a check, without a pack")
	}
	switch word, first := strings.CutPrefix(c[0], "first "); {
	case first && abi.Severity(word).Rank() == 0:
		return fmt.Errorf("want first and a severity")
	case word == "never":
		in.Verdict.Never = append(in.Verdict.Never, Wanted{Check: c[1], Text: c[2]})
	case word == "pass":
		in.Verdict.Answers = append(in.Verdict.Answers, Outcome{c[1], abi.OutcomePass})
	case word == "insufficient":
		in.Verdict.Answers = append(in.Verdict.Answers, Outcome{c[1], abi.OutcomeInsufficient})
	case abi.Severity(word).Rank() > 0 && c[2] != "":
		in.Verdict.Wanted = append(in.Verdict.Wanted, Wanted{first, abi.Severity(word), c[1], c[2], c[3]})
	default:
		return fmt.Errorf("want verdict STATE, [first] SEVERITY | CHECK | FILE | TEXT, never | CHECK | TEXT, pass | CHECK or insufficient | CHECK")
	}
	return nil
}

// Judge says in words, a line each, what of a report is not as it must be: what
// is wanted and missing, and every finding above info that nobody wants.
func (v Verdict) Judge(r *report.Report, vars Vars) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if r.Verdict.State != v.State {
		say("verdict %s, want %s: %s", r.Verdict.State, v.State, strings.Join(append([]string{r.Verdict.Headline}, r.Verdict.Reasons...), "\n"))
	}
	all := ordered(r)
	taken := make([]bool, len(all))
	for _, w := range v.Wanted {
		w.File, w.Text = vars.Expand(w.File), vars.Expand(w.Text)
		i := slices.IndexFunc(all, w.is)
		if i < 0 {
			say("no finding %s%s", w, nearest(all, w.Check))
			continue
		}
		for j, f := range all {
			taken[j] = taken[j] || w.is(f)
		}
		if w.First && !w.is(all[0]) {
			say("first is %s, want %s", line(all[0]), w)
		}
	}
	for i, f := range all {
		if !taken[i] && f.Severity != abi.Info {
			say("nobody wants %s", line(f))
		}
		for _, w := range v.Never {
			if w.Text = vars.Expand(w.Text); w.is(f) {
				say("must not be: %s", line(f))
			}
		}
	}
	return append(out, v.answers(r)...)
}

// answers compares outcomes. A check that has nothing above info to say passes.
func (v Verdict) answers(r *report.Report) (out []string) {
	for _, a := range v.Answers {
		i := slices.IndexFunc(r.Checks, func(c report.Check) bool { return bare(c.ID) == a.Check })
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("there is no check %s", a.Check))
		case a.Outcome == abi.OutcomePass && r.Checks[i].Outcome == abi.OutcomeFindings: // judged as findings
		case r.Checks[i].Outcome != a.Outcome:
			out = append(out, fmt.Sprintf("check %s: outcome %s, want %s: %s", a.Check, r.Checks[i].Outcome, a.Outcome, r.Checks[i].Reason))
		}
	}
	return out
}

func (w Wanted) is(f report.Finding) bool {
	if bare(f.Check) != w.Check || w.Severity != "" && f.Severity != w.Severity {
		return false
	}
	if w.File == "" {
		return strings.Contains(f.Title, w.Text)
	}
	return slices.ContainsFunc(f.Evidence, func(e abi.Evidence) bool {
		return bundles.Glob(w.File, e.File) && (strings.Contains(f.Title, w.Text) || strings.Contains(e.Excerpt+" "+string(e.Value), w.Text))
	})
}

func (w Wanted) String() string {
	text := string(w.Severity) + " " + w.Check
	if w.File != "" {
		text += " by " + w.File
	}
	if w.Text != "" {
		text += fmt.Sprintf(" with %q", w.Text)
	}
	return text
}

// nearest lists what the check has found instead.
func nearest(all []report.Finding, check string) string {
	var out strings.Builder
	for _, f := range all {
		if bare(f.Check) != check {
			continue
		}
		out.WriteString("\nthere is " + line(f))
		for _, e := range f.Evidence {
			fmt.Fprintf(&out, "\n  by %s %s%.200s", e.File, e.Value, e.Excerpt)
		}
	}
	return cmp.Or(out.String(), ", and no other of this check")
}

// ordered gives the findings in the order of the report: those that nothing
// explains first, the cause on top.
func ordered(r *report.Report) (all []report.Finding) {
	for _, c := range r.Checks {
		all = append(all, c.Findings...)
	}
	cause := func(f report.Finding) bool {
		return r.Verdict.Cause != nil && *r.Verdict.Cause == report.Ref{Check: f.Check, Key: f.Key}
	}
	slices.SortStableFunc(all, func(a, b report.Finding) int {
		return cmp.Or(rank(!cause(a))-rank(!cause(b)), rank(len(a.Because) > 0)-rank(len(b.Because) > 0), b.Severity.Rank()-a.Severity.Rank())
	})
	return all
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}

func line(f report.Finding) string {
	text := fmt.Sprintf("%s %s: %s", f.Severity, bare(f.Check), f.Title)
	var causes []string
	for _, b := range f.Because {
		causes = append(causes, bare(b.Check))
	}
	if len(causes) > 0 {
		text += " <- " + strings.Join(slices.Compact(causes), ", ")
	}
	return text
}

// bare is the name of a check without its pack.
func bare(id string) string { return id[strings.LastIndex(id, "/")+1:] }
