package main

import (
	_ "embed"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed resource-headroom.md
var resourceHeadroomDoc string

// headroomLimit is the article's advice for CPU and memory; its alerts begin
// higher.
const headroomLimit = 0.70

const limitPractice = "Azure Site Recovery: best practices"

func resourceHeadroom() *check.Check {
	return &check.Check{
		ID: "resource-headroom", Title: "CPU and memory have room", Doc: resourceHeadroomDoc,
		URL: article + "#best-practices-for-process-server-deployment", Since: firstVersion, Article: []string{"practice: CPU and memory"},
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Info},
		Inputs:      []abi.Input{check.Metrics(), dotnetLogs()},
		Formats:     []scan.Format{asrlogs.DotnetObjects()},
		Scans:       []scan.Scan{healthScan(scanHealthCPU, "cpu usage"), healthScan(scanHealthMem, "memory usage")},
		Series:      []scan.Series{cpuSeries(), commitSeries()},
		ExplainedBy: []abi.Cause{{Check: "dedicated-machine", SameSubject: true}},
		Run:         runResourceHeadroom,
	}
}

func runResourceHeadroom(p *check.Pass) error {
	var fine, unclear []string
	for _, l := range []load{
		{key: keyCPU, metric: bundles.MetricCPU, word: "CPU utilization", series: seriesCPU, health: scanHealthCPU, limits: cpuLimits()},
		{key: keyMemory, metric: bundles.MetricCommit, word: "Memory utilization (commit charge)", series: seriesCommit, health: scanHealthMem, limits: memoryLimits()},
	} {
		words, ok := l.headroom(p)
		switch {
		case !ok:
			unclear = append(unclear, l.word+": "+words)
		case words != "":
			fine = append(fine, words)
		}
	}
	switch {
	case len(unclear) > 0:
		p.Insufficient(strings.Join(unclear, "; "), windowAsk("CPU and memory"))
	case len(fine) > 0:
		p.Pass(strings.Join(fine, "; "))
	}
	return nil
}

// headroom reports a resource that has little room left, unless its alert speaks
// of it. The words are those of a pass, or why nothing can be said.
func (l load) headroom(p *check.Pass) (words string, ok bool) {
	if v := climb(p, l.series, l.health, l.limits); v.severity != "" {
		return l.word + " has an alert of its own", true
	}
	v := climb(p, l.series, l.health, limits{warning: headroomLimit, critical: 2})
	switch {
	case v.rung == rungNone:
		return v.reason, false
	case v.severity == "":
		return l.word + " is " + check.PercentBeside(v.value, headroomLimit) + " over 15 min (limit " + check.Percent(headroomLimit) + ")", true
	}
	measure := v.measure(l.metric)
	measure.LimitSource = limitPractice
	p.Report(check.Finding{
		Subject: l.key, Key: l.key, Severity: abi.Info, State: abi.StateOngoing, Confidence: v.confidence(),
		Title: l.title(v),
		Detail: "Below the limit of an alert, yet above what is advised: more machines, or a busy hour, make it an alert. " +
			l.measured(p, v),
		Remedy:   headroomRemedy(),
		Evidence: l.evidence(p, v), Measure: measure,
	})
	return "", true
}

func headroomRemedy() []string {
	return []string{
		"Don't add new machines to this process server until it has room again.",
		"Find out what else runs on it and move that away: `Get-Process | Sort-Object CPU -Descending | Select-Object -First 10 Name,Id,CPU,PagedMemorySize64`.",
		"Compare the number of machines with the capacity limits of its size; give it more CPU or memory, or set up an additional process server.",
	}
}
