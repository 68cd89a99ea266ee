package main

import (
	_ "embed"
	"fmt"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed cpu-utilization.md
var cpuUtilizationDoc string

const keyCPU = "cpu"

const (
	seriesCPU          = "cpu-15m"
	seriesCPUProcesses = "cpu-processes-15m"
	seriesCollector    = "collector-15m"
	scanHealthCPU      = "health-cpu"
)

// cpuLimits are those of the article's alerts.
func cpuLimits() limits { return limits{warning: 0.80, critical: 0.95} }

func cpuUtilization() *check.Check {
	return &check.Check{
		ID: "cpu-utilization", Title: "CPU utilization over 15 minutes", Doc: cpuUtilizationDoc,
		URL: article + "#step-1-troubleshoot-process-server-health-alerts", Since: firstVersion, Article: []string{"alert: CPU utilization", "practice: CPU and memory"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs:  []abi.Input{check.OptionalMetrics(), dotnetLogs()},
		Formats: []scan.Format{asrlogs.DotnetObjects()},
		Scans:   []scan.Scan{healthScan(scanHealthCPU, "cpu usage")},
		Series: []scan.Series{
			cpuSeries(),
			processSeries(),
			{ID: seriesCollector, Metric: "asrcollect", WindowSeconds: alertWindow.Seconds(), Reduce: []string{"mean"}},
		},
		ExplainedBy: []abi.Cause{{Check: "dedicated-machine", SameSubject: true}, {Check: "antivirus-exclusions", SameSubject: true}},
		Run:         runCPUUtilization,
	}
}

// cpuSeries is the CPU over the alerts' window.
func cpuSeries() scan.Series {
	return scan.Series{ID: seriesCPU, Metric: bundles.MetricCPU, WindowSeconds: alertWindow.Seconds(), Reduce: []string{"mean", "min", "max"}}
}

// processSeries is the CPU of each watched process over the same window.
func processSeries() scan.Series {
	return scan.Series{ID: seriesCPUProcesses, Metric: bundles.MetricProcessCPU, WindowSeconds: alertWindow.Seconds(), Reduce: []string{"mean", "max"}}
}

func runCPUUtilization(p *check.Pass) error {
	l := load{
		key: keyCPU, metric: bundles.MetricCPU, word: "CPU utilization", series: seriesCPU, health: scanHealthCPU, limits: cpuLimits(),
		why: "A busy process server compresses and encrypts replicated data late, and recovery points fall behind.",
	}
	if top := busiest(p, seriesCPUProcesses, 5); top != "" {
		l.detail = " Most of the watched processes' share of all cores: " + top + "."
	}
	if share, ok := collectorShare(p, seriesCollector); ok {
		l.detail += fmt.Sprintf(" The collector's own share is %s.", check.Percent(share))
	}
	l.conclude(p, l.run(p))
	return nil
}
