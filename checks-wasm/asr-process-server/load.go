package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// load is what the checks on CPU and memory have in common.
type load struct {
	key    string // of the finding, and its subject
	metric string
	word   string // "CPU utilization"
	series string
	health string
	limits limits
	why    string
	detail string // further facts
}

// run judges the load and reports it; it gives the verdict, for a pass's words.
func (l load) run(p *check.Pass) verdict {
	v := climb(p, l.series, l.health, l.limits)
	if v.row.Samples > 0 {
		p.Exhibit(l.exhibit(v.row))
	}
	if v.severity == "" {
		return v
	}
	p.Report(check.Finding{
		Subject: l.key, Key: l.key, Severity: v.severity, State: abi.StateOngoing, Confidence: v.confidence(),
		Title: l.title(v), Detail: l.why + " " + l.measured(p, v) + l.detail,
		Remedy: loadRemedy(l.key, v.severity), Evidence: l.evidence(p, v), Measure: v.measure(l.metric),
	})
	return v
}

func (l load) title(v verdict) string {
	switch v.rung {
	case rungProduct:
		return fmt.Sprintf("%s is %s by the process server's own log (limit %s)", l.word, v.hit.Fields["health"], check.Percent(v.limit))
	case rungShort:
		return fmt.Sprintf("%s is at least %s in all %d samples of %s (limit %s)", l.word, check.PercentBeside(v.value, v.limit), v.row.Samples, v.window(), check.Percent(v.limit))
	}
	return fmt.Sprintf("%s is %s over 15 min (limit %s)", l.word, check.PercentBeside(v.value, v.limit), check.Percent(v.limit))
}

func (l load) measured(p *check.Pass, v verdict) string {
	if v.rung == rungProduct {
		return fmt.Sprintf("This collection did not sample long enough to measure it; at %s the process server logged: %s.", p.Clock(*v.hit.Time), v.hit.Fields["message"])
	}
	return fmt.Sprintf("Measured from %s to %s: %s of %d samples, between %s and %s.",
		p.Clock(v.row.First), p.Clock(v.row.LastTime), v.method(), v.row.Samples, percentOf(v.row.Min), percentOf(v.row.Max))
}

func percentOf(v *float64) string {
	if v == nil {
		return "?"
	}
	return check.Percent(*v)
}

func (v verdict) confidence() string {
	if v.rung == rungShort {
		return confidenceShort
	}
	return ""
}

// evidence points to the extremes of the window, or to the product's line.
func (l load) evidence(p *check.Pass, v verdict) []abi.Evidence {
	if v.rung == rungProduct {
		return []abi.Evidence{check.At(v.hit)}
	}
	ev := []abi.Evidence{check.Sample(v.row.Lines.Max, map[string]any{l.metric: *v.row.Max})}
	if v.row.Lines.Min != v.row.Lines.Max {
		ev = append(ev, check.Sample(v.row.Lines.Min, map[string]any{l.metric: *v.row.Min}))
	}
	return ev
}

func (l load) exhibit(row scan.SeriesRow) abi.Exhibit {
	return abi.Exhibit{
		Kind: "series", Title: l.word, Series: l.series, Metric: l.metric, Attributes: row.Attributes, Unit: "1", Limits: []abi.Limit{
			{Value: l.limits.warning, Severity: abi.Warning, Op: ">="}, {Value: l.limits.critical, Severity: abi.Critical, Op: ">="},
		},
	}
}

// conclude sets the status of a check that has nothing else to look at.
func (l load) conclude(p *check.Pass, v verdict) {
	switch {
	case v.rung == rungNone:
		p.Insufficient(v.reason, windowAsk(l.word))
	case v.severity == "":
		p.Pass(fmt.Sprintf("%s is %s over 15 min (limit %s)", l.word, check.PercentBeside(v.value, v.limit), check.Percent(v.limit)))
	}
}

// busiest lists the watched processes with the largest mean share.
func busiest(p *check.Pass, series string, n int) string {
	rows := slices.Clone(p.Series(series).Rows)
	slices.SortStableFunc(rows, func(a, b scan.SeriesRow) int { return cmp.Compare(meanOf(b), meanOf(a)) })
	var words []string
	for _, r := range rows {
		if len(words) < n && meanOf(r) > 0 {
			words = append(words, r.Attributes["process"]+" "+check.Percent(meanOf(r)))
		}
	}
	return strings.Join(words, ", ")
}

// collectorShare is the collector's own mean share of all cores, so that it is
// not taken for the server's load.
func collectorShare(p *check.Pass, series string) (float64, bool) {
	for _, r := range p.Series(series).Rows {
		if r.Attributes["name"] == "cpu" && r.Mean != nil {
			return *r.Mean, true
		}
	}
	return 0, false
}

// loadRemedy is the article's list for the alerts on CPU and memory.
func loadRemedy(key string, sev abi.Severity) []string {
	steps := []string{
		"Don't add new machines to this process server.",
		"Check that the number of machines that use it agrees with the capacity limits of its size, and consider setting up an additional process server.",
	}
	switch {
	case key == keyMemory:
		steps = append(steps, "See which programs hold the memory in Task Manager, Details, column Commit size: `Get-Process | Sort-Object PagedMemorySize64 -Descending | Select-Object -First 10 Name,Id,PagedMemorySize64`.")
	default:
		steps = append(steps, "See which programs use the CPU in Task Manager, Details: `Get-Process | Sort-Object CPU -Descending | Select-Object -First 10 Name,Id,CPU`.")
	}
	steps = append(steps, "Check connectivity and replication, steps 4 to 13 of the article: work that cannot leave piles up.")
	if sev == abi.Critical {
		steps = append(steps, "If the issue persists, run the Deployment Planner for VMware and physical server replication.")
	}
	return steps
}
