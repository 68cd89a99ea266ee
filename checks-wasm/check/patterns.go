package check

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// Patterns makes checks of the files patterns/*.json of a pack, which may name
// the known formats. A file that cannot be read is a check that says so when it
// runs, and an error of Describe.
func Patterns(files fs.FS, known ...scan.Format) []*Check {
	names, err := fs.Glob(files, "patterns/*.json")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var list []*Check
	codec := patternCodec()
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			list = append(list, &Check{ID: strings.TrimSuffix(path.Base(name), ".json"), Run: func(*Pass) error { return err }})
			continue
		}
		list = append(list, patternCheck(codec, raw, known))
	}
	return list
}

// PatternCheck makes a check of one pattern.
func PatternCheck(raw []byte, known ...scan.Format) *Check {
	return patternCheck(&wire.Codec{}, raw, known)
}

func patternCheck(codec *wire.Codec, raw []byte, known []scan.Format) *Check {
	p, err := pattern.ParseWith(codec, raw)
	if err != nil {
		return &Check{ID: p.ID, Run: func(*Pass) error { return fmt.Errorf("read pattern %q: %w", p.ID, err) }}
	}
	return &Check{
		ID: p.ID, Rev: p.Rev, Title: p.Title, URL: p.URL, Article: p.Article, Since: p.Since,
		Roles: p.Roles, OS: p.OS, Deployments: p.Deployments, Severities: reported(p.Severity),
		Inputs: p.Inputs(), Formats: p.Used(known), Scans: p.Scans(), ExplainedBy: p.ExplainedBy,
		Run: func(pass *Pass) error { return runPattern(pass, p) }, Pattern: &p,
	}
}

// reported are the severities that a trail of this one may come out with.
func reported(s abi.Severity) []abi.Severity {
	all := []abi.Severity{abi.Info, abi.Warning, abi.Critical}
	return slices.DeleteFunc(all, func(v abi.Severity) bool { return v.Rank() > s.Rank() })
}

func runPattern(p *Pass, pat pattern.Pattern) error {
	run := patternRun{p: p, pat: pat, keys: map[string]bool{}}
	if pat.NeedsNoSuccess != nil {
		if last := p.Summary(pat.SuccessID()).Last; last != nil {
			run.success = *last
		}
	}
	for _, value := range run.subjects() {
		run.subject(value)
	}
	reason, ok := p.Searched(pat.ScanID(), nil)
	switch {
	case !ok:
		p.Insufficient(reason, &abi.Ask{Role: p.Role, Args: []string{"--quick"}, Why: "reads " + pat.Scan.Logs})
	case len(run.keys) == 0:
		p.Pass("no such line that counts in " + Number(p.Summary(pat.ScanID()).Lines) + " lines")
	}
	return nil
}

// patternRun is one run of a pattern.
type patternRun struct {
	p       *Pass
	pat     pattern.Pattern
	success time.Time
	keys    map[string]bool // of the findings
}

// subjects lists the values of By, one that is empty without it.
func (r *patternRun) subjects() []string {
	if r.pat.By == "" {
		return []string{""}
	}
	var list []string
	for h := range r.p.Hits(r.pat.ScanID()) {
		if v := h.Fields[r.pat.By]; !slices.Contains(list, v) && len(list) < pattern.MaxBy {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list
}

// subject reports on one subject, if there is enough.
func (r *patternRun) subject(value string) {
	var keep func(scan.Hit) bool
	if r.pat.By != "" {
		keep = func(h scan.Hit) bool { return h.Fields[r.pat.By] == value }
	}
	t := r.whole(value, r.p.Follow(Following{Scans: []string{r.pat.ScanID()}, Retry: r.pat.Retry.Or(pattern.DefaultRetry), Success: r.success, Keep: keep}))
	switch {
	case t.State != "" && r.enough(t):
		r.p.ReportTrail(r.finding(value, t.Newest()), t)
	case t.State == "" && t.Untimed != nil && r.pat.Scan.Format == "" && t.Summary.Count >= int64(max(r.pat.MinCount, 1)):
		f := r.finding(value, *t.Untimed)
		f.Severity, f.State, f.Count = weaker(f.Severity, abi.Warning), abi.StateUnknown, t.Summary.Count
		f.Title += fmt.Sprintf(": %s, of unknown time", Count(f.Count, "time", "times"))
		f.Evidence = []abi.Evidence{At(*t.Untimed)}
		r.p.Report(f)
	}
}

// whole counts the hits of a subject that were not kept, when all of them are of
// one day.
func (r *patternRun) whole(value string, t Trail) Trail {
	if r.pat.By == "" || t.State == "" || t.Summary.Count <= int64(t.Summary.Kept) {
		return t
	}
	for _, row := range r.p.Tally(r.pat.ScanID()).Rows {
		if row.Key[r.pat.By] == value && row.First != nil && t.Last.Sub(*row.First) <= ErrorAge {
			t.First, t.Count = *row.First, int(row.Count)
		}
	}
	return t
}

// enough reports whether MinCount hits lie within Within.
func (r *patternRun) enough(t Trail) bool {
	need := max(r.pat.MinCount, 1)
	for i := need - 1; i < len(t.Hits); i++ {
		if t.Hits[i].Time.Sub(*t.Hits[i-need+1].Time) <= r.pat.Within.Or(pattern.DefaultWithin) {
			return true
		}
	}
	return false
}

func (r *patternRun) finding(value string, h scan.Hit) Finding {
	var pairs []string
	for name, v := range h.Fields {
		pairs = append(pairs, "{"+name+"}", shorten(v))
	}
	fill := strings.NewReplacer(pairs...)
	f := Finding{
		Key: r.key(value), Subject: value, Severity: r.pat.Severity, Title: shorten(fill.Replace(r.pat.Finding)), Detail: fill.Replace(r.pat.Detail),
	}
	for _, step := range r.pat.Remedy {
		f.Remedy = append(f.Remedy, fill.Replace(step))
	}
	return f
}

// Lengths of what a hit puts into a finding.
const (
	maxShown = 80 // characters in a title
	maxKey   = 100
)

// shorten cuts a value so that a title keeps to its line.
func shorten(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown-1]) + "…"
	}
	return s
}

// key makes the finding's identity of its subject.
func (r *patternRun) key(value string) string {
	key := strings.Trim(strings.Map(keyRune, strings.ToLower(value)), "-._:")
	key = key[:min(len(key), maxKey)]
	if key == "" {
		key = "hit"
	}
	for n := 2; r.keys[key]; n++ {
		key = fmt.Sprintf("%s-%d", strings.TrimRight(key, "-0123456789"), n)
	}
	r.keys[key] = true
	return key
}

func keyRune(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("._:", c) {
		return c
	}
	return '-'
}
