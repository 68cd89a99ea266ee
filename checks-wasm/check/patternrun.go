package check

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// patternRun is one run of a pattern.
type patternRun struct {
	p       *Pass
	pat     pattern.Plan
	success time.Time
	proved  time.Time       // by the file
	keys    map[string]bool // of the findings
	fine    string          // what a share says that is no fault
	doubt   string          // why a state that is not reported is not known
}

func runPattern(p *Pass, pat pattern.Plan) error {
	if why, no := pat.NotOn[p.Deployment]; no {
		p.NotApplicable(why)
		return nil
	}
	run := patternRun{p: p, pat: pat, keys: map[string]bool{}}
	if pat.Output.Program != "" {
		run.output()
		return nil
	}
	run.succeeded()
	for _, rule := range pat.Rules {
		if !rule.Otherwise || len(run.keys) == 0 {
			run.rule(rule)
		}
	}
	run.answer()
	return nil
}

// succeeded finds the newest proof that it works.
func (r *patternRun) succeeded() {
	if s := r.pat.Success; s != nil {
		r.success = r.newestSuccess(*s)
	}
	if files, err := Load[bundles.Files](r.p, "files"); err == nil && r.pat.Proof.Says != "" {
		r.proved = provedBy(r.pat.Proof, files)
	}
	if r.proved.After(r.success) {
		r.success = r.proved
	}
}

// newestSuccess is the last hit, or the last row of a signature's tally that the
// search picks.
func (r *patternRun) newestSuccess(s pattern.Find) (newest time.Time) {
	if s.Signature == "" || s.Scan.Tally == nil {
		if last := r.p.Summary(s.Scan.ID).Last; last != nil {
			return r.p.Latest(s.Scan.ID, *last)
		}
		return newest
	}
	for _, row := range r.p.Tally(s.Scan.ID).Rows {
		if among(s.Where, row.Key) && row.Last != nil && row.Last.After(newest) {
			newest = *row.Last
		}
	}
	return r.p.Latest(s.Scan.ID, newest)
}

// provedBy is the time of the file, zero when nothing is known of it.
func provedBy(proof pattern.FileProof, files bundles.Files) time.Time {
	for _, f := range files.Items {
		if f.Name != proof.Name && !strings.EqualFold(path.Base(strings.ReplaceAll(f.Path, `\`, "/")), proof.Path) {
			continue
		}
		if f.Error == "" && f.Exists && f.MTime != nil {
			return *f.MTime
		}
		break
	}
	return time.Time{}
}

// among reports whether fields have one of the values that are asked for.
func among(want map[string][]string, fields map[string]string) bool {
	for name, values := range want {
		if !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, fields[name]) }) {
			return false
		}
	}
	return true
}

// rule reports what there is of one fault.
func (r *patternRun) rule(rule pattern.Rule) {
	most, before := cmp.Or(r.pat.MaxFindings, pattern.MaxBy), len(r.keys)
	for _, value := range r.subjects(rule) {
		if len(r.keys)-before < most {
			r.subject(rule, value)
		}
	}
}

// value is what By, or its kind, is in a hit.
func (r *patternRun) value(rule pattern.Rule, h scan.Hit) string {
	v := h.Fields[rule.By]
	if r.pat.Kinds {
		v = kindOf(v)
	}
	return v
}

// subjects lists the values of By, one that is empty without it: in order, kinds
// by how often they are hit.
func (r *patternRun) subjects(rule pattern.Rule) []string {
	if rule.By == "" {
		return []string{""}
	}
	count := map[string]int{}
	var list []string
	for _, f := range rule.Finds {
		for h := range r.p.Hits(f.Scan.ID) {
			v := r.value(rule, h)
			if count[v] == 0 && (r.pat.Kinds || len(list) < pattern.MaxBy) {
				list = append(list, v)
			}
			count[v]++
		}
	}
	slices.Sort(list)
	if r.pat.Kinds {
		slices.SortStableFunc(list, func(a, b string) int { return count[b] - count[a] })
	}
	return list
}

// keep says which hits are of the fault and the subject; nil: all.
func (r *patternRun) keep(rule pattern.Rule, value string) func(scan.Hit) bool {
	var unless []string
	for _, f := range rule.Finds {
		unless = append(unless, f.Unless...)
	}
	if len(rule.When) == 0 && len(unless) == 0 && rule.By == "" {
		return nil
	}
	return func(h scan.Hit) bool {
		message := strings.ToLower(messageOf(h))
		return among(rule.When, h.Fields) && (rule.By == "" || r.value(rule, h) == value) &&
			!slices.ContainsFunc(unless, func(word string) bool { return strings.Contains(message, strings.ToLower(word)) })
	}
}

// subject reports on one subject, if there is enough.
func (r *patternRun) subject(rule pattern.Rule, value string) {
	t := r.trail(rule, value)
	text := patternText{run: r, rule: rule, trail: t}
	if t.State != "" {
		text.hit = t.Newest()
		if rule.By != "" && r.pat.Kinds {
			text.kind = value
		}
	}
	switch {
	case t.State != "" && r.enough(rule, t) && r.shared(rule, &text):
		f := r.finding(rule, value, text)
		f.Evidence = newestHits(t)
		r.p.ReportTrail(f, t)
	case t.State == "" && t.Untimed != nil && rule.Finds[0].Scan.Format == "" && t.Summary.Count >= int64(max(rule.MinCount, 1)):
		text.hit = *t.Untimed
		f := r.finding(rule, value, text)
		f.Severity, f.State, f.Count = weaker(f.Severity, abi.Warning), abi.StateUnknown, t.Summary.Count
		f.Title += fmt.Sprintf(": %s, of unknown time", Count(f.Count, "time", "times"))
		f.Evidence = []abi.Evidence{At(*t.Untimed)}
		r.p.Report(f)
	}
}

// trail follows the hits of a fault.
func (r *patternRun) trail(rule pattern.Rule, value string) Trail {
	var ids []string
	success := r.success
	for _, f := range rule.Finds {
		ids = append(ids, f.Scan.ID)
		if last := r.p.Summary(f.Scan.ID).Last; r.pat.SteadySuccess && last != nil && success.Sub(*last) < RecoverySpan {
			success = time.Time{}
		}
	}
	t := r.p.Follow(Following{Scans: ids, Retry: rule.Retry.Or(pattern.DefaultRetry), Success: success, Keep: r.keep(rule, value)})
	if rule.NeedsSuccess && t.State == abi.StateRecovered && success.Sub(t.Last) < RecoverySpan {
		t.State = abi.StateUnknown
	}
	return r.whole(rule, value, t)
}

// whole counts the hits of a subject that were not kept, when all of them are of
// one day.
func (r *patternRun) whole(rule pattern.Rule, value string, t Trail) Trail {
	if rule.By == "" || rule.Finds[0].Scan.Tally == nil || t.State == "" || t.Summary.Count <= int64(t.Summary.Kept) {
		return t
	}
	for _, row := range r.p.Tally(rule.Finds[0].Scan.ID).Rows {
		if row.Key[rule.By] == value && row.First != nil && t.Last.Sub(*row.First) <= ErrorAge {
			t.First, t.Count = *row.First, int(row.Count)
		}
	}
	return t
}

// enough reports whether MinCount hits lie within Within, and the state is one that
// is reported.
func (r *patternRun) enough(rule pattern.Rule, t Trail) bool {
	if len(r.pat.States) > 0 && !slices.Contains(r.pat.States, t.State) {
		if t.Later.After(t.Last) {
			r.doubt = "whether the lines of " + r.p.Clock(t.Last) + " go on is not known" + r.p.RepeatedHour(ErrorAge)
		}
		return false
	}
	need := max(rule.MinCount, 1)
	for i := need - 1; i < len(t.Hits); i++ {
		if t.Hits[i].Time.Sub(*t.Hits[i-need+1].Time) <= r.pat.Within.Or(pattern.DefaultWithin) {
			return true
		}
	}
	return false
}

// answer ends the check. Findings stay whatever was not read; without one it is
// content only when each fault had its log, whole and in its format. Of several
// logs of a fault that were collected, one is enough: not every machine has all.
func (r *patternRun) answer() {
	var why []string
	for i, rule := range r.pat.Rules {
		if i > 0 && rule.Finds[0].Scan.ID == r.pat.Rules[i-1].Finds[0].Scan.ID {
			continue // the same logs
		}
		for _, reason := range r.unread(rule) {
			if !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
	}
	if r.doubt != "" {
		why = append(why, r.doubt)
	}
	first := r.pat.Rules[0].Finds[0]
	switch {
	case len(why) > 0:
		ask := cmp.Or(r.pat.Ask, "reads "+first.Input.Glob)
		r.p.Insufficient(strings.Join(why, "; "), &abi.Ask{Role: r.p.Role, Args: []string{"--quick"}, Why: ask})
	case len(r.keys) == 0:
		r.p.Pass(cmp.Or(r.fine, r.pat.NoFinding, "no such line that counts in "+Number(r.p.Summary(first.Scan.ID).Lines)+" lines"))
	}
}

// unread says why the logs of a fault do not answer.
func (r *patternRun) unread(rule pattern.Rule) (why []string) {
	searched, missing := 0, ""
	for _, f := range rule.Finds {
		if f.Optional {
			continue
		}
		reason, ok := r.p.Searched(f.Scan.ID, f.Owns)
		_, collected := r.p.Missing(f.Input.Glob)
		switch {
		case ok:
			searched++
		case collected && r.p.Summary(f.Scan.ID).Files == 0:
			missing = cmp.Or(missing, reason)
		default:
			why = append(why, reason)
		}
	}
	if searched == 0 && len(why) == 0 && missing != "" {
		why = append(why, missing)
	}
	return why
}

// maxProofs hits are evidence.
const maxProofs = 3

// newestHits is evidence of the newest hits of a trail, one a file.
func newestHits(t Trail) []abi.Evidence {
	var list []abi.Evidence
	var files []string
	for _, h := range slices.Backward(t.Hits) {
		if len(list) < maxProofs && !slices.Contains(files, h.File) {
			files, list = append(files, h.File), append(list, At(h))
		}
	}
	return list
}
