package hostcheck

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed collector-limits.md
var limitsDoc string

const (
	// fullWindow is the span over which the product judges CPU, memory and cache
	// (article, step 1: "for the last 15 minutes").
	fullWindow = 15 * time.Minute
	// enoughSamples of those expected make a window count (rule for 15-minute
	// means in all packs).
	enoughSamples = 0.9
)

// LimitsOptions says for which machines a pack takes the check, and which other
// checks it has: their inputs tell what a missing source costs.
type LimitsOptions struct {
	Roles  []string
	OS     []string // empty: any
	Since  string   // pack version that introduced it
	Checks []*check.Check
}

// CollectorLimits is the check collector-limits: what the collector could not
// read, and which checks that cost.
func CollectorLimits(o LimitsOptions) *check.Check {
	return &check.Check{
		ID: "collector-limits", Title: "The collector could read everything", Doc: limitsDoc,
		URL: timeSyncURL[:strings.IndexByte(timeSyncURL, '#')], Since: o.Since, Roles: o.Roles, OS: o.OS,
		Severities: []abi.Severity{abi.Info},
		Run:        func(p *check.Pass) error { return runLimits(p, o.Checks) },
	}
}

func runLimits(p *check.Pass, checks []*check.Check) error {
	if p.Bundle.Cut {
		p.Insufficient("the bundle was cut off before its manifest, which says what could not be read", &abi.Ask{
			Role: p.Role, Args: []string{"--duration", "15m"}, Why: "writes a whole bundle",
		})
		return nil
	}
	if p.Bundle.Manifest.Profile.Name == bundles.RawProfile {
		p.NotApplicable("there are only raw logs: no collector ran")
		return nil
	}
	l := &limits{p: p, m: p.Bundle.Manifest, checks: checks}
	l.sources()
	l.window()
	l.samples()
	l.truncated()
	switch {
	case len(l.m.Sources) == 0:
		p.Insufficient("the manifest lists no source", nil)
		return nil
	case l.found > 0:
		return nil
	}
	p.Pass(fmt.Sprintf("all %d sources were read, over %s, with administrator rights", len(l.m.Sources), check.Span(l.m.Window.End.Sub(l.m.Window.Start))))
	return nil
}

// limits is one run of the check.
type limits struct {
	p      *check.Pass
	m      bundles.Manifest
	checks []*check.Check
	found  int
}

func (l *limits) report(f check.Finding) {
	l.found++
	f.Severity, f.State = abi.Info, abi.StateOngoing
	if f.Subject == "" {
		f.Subject = "collector"
	}
	l.p.Report(f)
}

// at points into the manifest.
func (l *limits) at(value any, pointer string, args ...any) abi.Evidence {
	return check.Document(bundles.ManifestPath, fmt.Sprintf(pointer, args...), value)
}

// sources reports what was not read. What was denied to a collector without
// rights has one cause and is one finding.
func (l *limits) sources() {
	var denied []int
	for i, s := range l.m.Sources {
		switch {
		case s.Status == bundles.StatusOK:
		case s.Status == bundles.StatusDenied && !l.m.Collector.Elevated:
			denied = append(denied, i)
		case s.Status == bundles.StatusSkipped && len(l.cost(s.Name)) == 0:
		default:
			l.source(i, s)
		}
	}
	if !l.m.Collector.Elevated {
		l.elevation(denied)
	}
	l.exhibit()
}

func (l *limits) source(i int, s bundles.Source) {
	f := check.Finding{
		Key: "source-" + strings.ReplaceAll(strings.ToLower(s.Name), "/", "-"), Subject: s.Name,
		Title:    fmt.Sprintf("Source %s %s", s.Name, statusWords(s)),
		Detail:   fmt.Sprintf("%s%s Measured: the collector's own row for the source, after %s.", said(s.Error), costWords(l.cost(s.Name)), check.Span(time.Duration(s.DurationMS)*time.Millisecond)),
		Evidence: []abi.Evidence{l.at(s.Status, "/sources/%d/status", i)},
	}
	f.Remedy = []string{sourceRemedy(s, l.collector())}
	l.report(f)
}

// statusWords says what became of a source.
func statusWords(s bundles.Source) string {
	switch s.Status {
	case bundles.StatusDenied:
		return "was denied to the collector"
	case bundles.StatusTimeout:
		if s.TimeoutMS > 0 {
			return "did not answer within " + check.Span(time.Duration(s.TimeoutMS)*time.Millisecond)
		}
		return "did not answer in time"
	case bundles.StatusPartial:
		return "was read in part"
	case bundles.StatusSkipped:
		return "was left out"
	case bundles.StatusWithheld:
		return "was withheld: its content could not be cleared of secrets"
	}
	return "could not be read"
}

func sourceRemedy(s bundles.Source, program string) string {
	switch s.Status {
	case bundles.StatusDenied:
		return "Find what denies it (its access rights, a security product), then collect again: " + program
	case bundles.StatusTimeout:
		return "Collect again when the machine is less busy: " + program
	case bundles.StatusSkipped:
		return "Collect again without the option that left it out: " + program
	}
	return "Read collect.log in the bundle for the reason (`asrdiag bundle cat BUNDLE collect.log`), then collect again: " + program
}

// collector is the command line for a full collection, and who must run it.
func (l *limits) collector(more ...string) string {
	args := strings.Join(append([]string{"--duration 15m"}, more...), " ")
	if l.m.Collector.OS == "windows" {
		return "`asrcollect.exe " + args + "`, as administrator."
	}
	return "`sudo ./asrcollect " + args + "`."
}

// elevation reports a collector without rights, with what that denied.
func (l *limits) elevation(denied []int) {
	f := check.Finding{
		Key: "elevation", Title: "The collector ran without administrator rights",
		Detail:   "Nothing was denied for it, but other users' processes and files may have been left out without a word.",
		Remedy:   []string{"Collect again with all rights: " + l.collector()},
		Evidence: []abi.Evidence{l.at(false, "/collector/elevated")},
	}
	var names, cost []string
	for _, i := range denied {
		s := l.m.Sources[i]
		names, cost = append(names, s.Name), append(cost, l.cost(s.Name)...)
		f.Evidence = append(f.Evidence, l.at(s.Status, "/sources/%d/status", i))
	}
	if len(names) > 0 {
		f.Title += fmt.Sprintf(": %s denied", counted(len(names), "source", "sources"))
		f.Detail = fmt.Sprintf("Denied: %s. %s", strings.Join(names, ", "), costWords(cost))
	}
	l.report(f)
}

// cost lists the checks that read a source and are meant for this machine.
func (l *limits) cost(source string) []string {
	host := l.p.Bundle.Host()
	var ids []string
	for _, c := range l.checks {
		meta := abi.Check{OS: c.OS, Roles: c.Roles, Deployments: c.Deployments}
		if _, fits := meta.Fits(l.p.Role, host.OS, l.p.Deployment); fits && reads(c, source) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func reads(c *check.Check, source string) bool {
	return slices.ContainsFunc(c.Inputs, func(in abi.Input) bool {
		return strings.EqualFold(bundles.SourceOf(strings.ReplaceAll(in.Glob, "**/", "")), source)
	})
}

func costWords(ids []string) string {
	if len(ids) == 0 {
		return "No check of this pack reads it."
	}
	slices.Sort(ids)
	return "These checks read it and know less, or nothing: " + strings.Join(slices.Compact(ids), ", ") + "."
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return check.Number(int64(n)) + " " + many
}

// said quotes the collector's reason as a sentence.
func said(reason string) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf("The collector says: %s. ", strings.TrimRight(reason, ". "))
}

// window reports samples that span too little for 15-minute rules. The last
// sample is one interval short of the end.
func (l *limits) window() {
	w := l.m.Window
	span := w.End.Sub(w.Start)
	if span+check.Seconds(w.IntervalSeconds) >= fullWindow {
		return
	}
	f := check.Finding{
		Key: "window", Title: fmt.Sprintf("The collector sampled for %s (15 min needed)", check.Span(span)),
		Detail:   "The product judges CPU, memory and cache over 15 minutes. A shorter window answers that only when every sample breaks the limit.",
		Remedy:   []string{"Collect again for 15 minutes: " + l.collector()},
		Evidence: []abi.Evidence{l.at(w.Start, "/window/start"), l.at(w.End, "/window/end")},
		Measure: &abi.Measure{
			Metric: "window", Value: span.Seconds(), Op: "<", Limit: fullWindow.Seconds(), Unit: "s", Samples: w.Samples,
			ExpectedSamples: w.ExpectedSamples, Method: "end minus start of the window", LimitSource: "article, step 1",
		},
	}
	if asked := check.Seconds(w.RequestedSeconds); asked-span > check.Seconds(w.IntervalSeconds) {
		f.Title = fmt.Sprintf("The collector was stopped after %s of %s", check.Span(span), check.Span(asked))
	}
	l.report(f)
}

// samples reports gaps: fewer samples than the window's span and interval give.
func (l *limits) samples() {
	w := l.m.Window
	src, sampled := l.p.Bundle.Source("metrics")
	if !sampled || src.Status != bundles.StatusOK && src.Status != bundles.StatusPartial || w.IntervalSeconds <= 0 {
		return // the profile does not sample, or the source says why there is nothing
	}
	expected := math.Round(w.End.Sub(w.Start).Seconds() / w.IntervalSeconds)
	if expected < 1 || float64(w.Samples) >= enoughSamples*expected-1 { // the first one may come an interval late
		return
	}
	l.report(check.Finding{
		Key: "samples", Title: fmt.Sprintf("Only %d of %.0f samples were taken", w.Samples, expected),
		Detail:   "The machine was too busy to let the collector run, or it slept. Means over the window leave the worst moments out.",
		Remedy:   []string{"Look at CPU and memory of the machine first; then collect again: " + l.collector()},
		Evidence: []abi.Evidence{l.at(w.Samples, "/window/samples")},
		Measure: &abi.Measure{
			Metric: "samples", Value: float64(w.Samples) / expected, Op: "<", Limit: enoughSamples, Unit: "1", LimitSource: limitOurs,
			Samples: w.Samples, ExpectedSamples: int(expected), Method: "share of the samples that window and interval give",
		},
	})
}

// truncated reports logs of which only a part is in the bundle.
func (l *limits) truncated() {
	var evidence []abi.Evidence
	var sources []string
	for i, f := range l.m.Files {
		if f.Truncated {
			evidence = append(evidence, l.at(true, "/files/%d/truncated", i))
			sources = append(sources, f.Source)
		}
	}
	if len(evidence) == 0 {
		return
	}
	slices.Sort(sources)
	l.report(check.Finding{
		Key: "truncated", Title: fmt.Sprintf("%s in the bundle only in part", counted(len(evidence), "log file is", "log files are")),
		Detail:   fmt.Sprintf("They were cut to keep the bundle small; the newest part is there. Sources: %s.", strings.Join(slices.Compact(sources), ", ")),
		Remedy:   []string{"If the cause lies further back, collect again with more room: " + l.collector("--max-size 500MiB")},
		Evidence: evidence[:min(len(evidence), 10)],
		Count:    int64(len(evidence)),
	})
}

// exhibit lists every source that is not ok.
func (l *limits) exhibit() {
	e := abi.Exhibit{Kind: "table", Title: "Sources that were not fully read", Columns: []string{"source", "status", "reason", "checks"}}
	for _, s := range l.m.Sources {
		if s.Status != bundles.StatusOK {
			e.Rows = append(e.Rows, []string{s.Name, s.Status, s.Error, strings.Join(l.cost(s.Name), ", ")})
		}
	}
	if len(e.Rows) > 0 {
		l.p.Exhibit(e)
	}
}
