package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed memory-utilization.md
var memoryUtilizationDoc string

const keyMemory = "memory"

const (
	seriesCommit    = "commit-15m"
	seriesAvailable = "available-15m"
	seriesPaging    = "paging-15m"
	scanHealthMem   = "health-memory"
)

// A server without memory pages: less than 5 % or 512 MiB are available while it
// reads more than 500 pages a second back from disk. These limits are ours: the
// product does not look at it, and use of physical memory alone says nothing.
const (
	availableShare = 0.05
	availableBytes = 512 << 20
	pagingRate     = 500.0
)

// pageFileKey has the configured page files as "PATH MIN MAX", in MB; 0 0 means
// that the system chooses.
const pageFileKey = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management`

// memoryLimits are those of the article's alerts; the product takes them of the
// commit charge.
func memoryLimits() limits { return limits{warning: 0.80, critical: 0.95} }

func memoryUtilization() *check.Check {
	window := alertWindow.Seconds()
	return &check.Check{
		ID: "memory-utilization", Title: "Memory utilization over 15 minutes", Doc: memoryUtilizationDoc,
		URL: article + "#step-1-troubleshoot-process-server-health-alerts", Since: firstVersion, Article: []string{"alert: memory usage", "practice: CPU and memory"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs:  []abi.Input{check.OptionalMetrics(), check.OptionalFact("host"), check.OptionalFact("registry"), dotnetLogs()},
		Formats: []scan.Format{asrlogs.DotnetObjects()},
		Scans:   []scan.Scan{healthScan(scanHealthMem, "memory usage")},
		Series: []scan.Series{
			commitSeries(),
			{ID: seriesAvailable, Metric: "system.memory.available", WindowSeconds: window, Reduce: []string{"mean", "min", "max"}},
			{ID: seriesPaging, Metric: bundles.MetricPaging, WindowSeconds: window, Reduce: []string{"rate"}},
		},
		ExplainedBy: []abi.Cause{{Check: "dedicated-machine", SameSubject: true}},
		Run:         runMemoryUtilization,
	}
}

// commitSeries is the commit charge over the alerts' window.
func commitSeries() scan.Series {
	return scan.Series{ID: seriesCommit, Metric: bundles.MetricCommit, WindowSeconds: alertWindow.Seconds(), Reduce: []string{"mean", "min", "max"}}
}

func runMemoryUtilization(p *check.Pass) error {
	l := load{
		key: keyMemory, metric: bundles.MetricCommit, word: "Memory utilization (commit charge)", series: seriesCommit, health: scanHealthMem, limits: memoryLimits(),
		why:    "When the commit charge reaches its limit, programs fail to get memory and services end.",
		detail: pageFileWords(p),
	}
	v := l.run(p)
	reportPaging(p)
	l.conclude(p, v)
	return nil
}

// pageFileWords tells how the commit limit comes about: a small fixed page file
// is often the whole cause.
func pageFileWords(p *check.Pass) string {
	host := optional[bundles.HostFact](p, "host")
	if host == nil || host.MemoryBytes == 0 {
		return ""
	}
	words := fmt.Sprintf(" The machine has %s of memory", check.Bytes(host.MemoryBytes))
	switch {
	case host.CommitLimit > host.MemoryBytes:
		words += fmt.Sprintf(" and page files of %s", check.Bytes(host.CommitLimit-host.MemoryBytes))
	case host.SwapBytes > 0:
		words += fmt.Sprintf(" and page files of %s", check.Bytes(host.SwapBytes))
	}
	if host.PageFileManaged != nil {
		words += map[bool]string{true: ", sized by the system", false: ", of fixed size"}[*host.PageFileManaged]
	}
	if conf := pageFiles(p); conf != "" {
		words += " (configured: " + conf + ")"
	}
	return words + "."
}

func pageFiles(p *check.Pass) string {
	reg := optional[bundles.Registry](p, "registry")
	if reg == nil {
		return ""
	}
	k := slices.IndexFunc(reg.Items, func(k bundles.RegistryKey) bool { return strings.EqualFold(k.Key, pageFileKey) })
	if k < 0 {
		return ""
	}
	_, text := registryValue(reg.Items[k], "PagingFiles")
	return text
}

// reportPaging tells when memory is so short that the server waits for its page
// file.
func reportPaging(p *check.Pass) {
	res, paging := p.Series(seriesAvailable), p.Series(seriesPaging)
	if len(res.Rows) == 0 || len(paging.Rows) == 0 || paging.Rows[0].Rate == nil {
		return
	}
	row, rate := res.Rows[0], *paging.Rows[0].Rate
	if row.Mean == nil || !whole(row, res.IntervalSeconds, windowOf(p)) || rate <= pagingRate {
		return
	}
	limit := float64(availableBytes)
	if host := optional[bundles.HostFact](p, "host"); host != nil {
		limit = max(limit, availableShare*float64(host.MemoryBytes))
	}
	if *row.Mean >= limit {
		return
	}
	p.Report(check.Finding{
		Subject: "paging", Key: "paging", Severity: abi.Warning, State: abi.StateOngoing,
		Title: fmt.Sprintf("Memory is short: %s available (limit %s) and %.0f pages read back each second", check.Bytes(uint64(*row.Mean)), check.Bytes(uint64(limit)), rate),
		Detail: fmt.Sprintf("Over 15 min the server read %.0f pages a second from its page file (limit %.0f) and had %s available on average, %s at most. It waits for its disk instead of working.",
			rate, pagingRate, check.Bytes(uint64(*row.Mean)), check.Bytes(uint64(*row.Max))),
		Remedy:   loadRemedy(keyMemory, abi.Warning),
		Evidence: []abi.Evidence{check.Sample(row.Lines.Min, map[string]any{"system.memory.available": *row.Min})},
		Measure: &abi.Measure{
			Metric: "system.memory.available", Value: *row.Mean, Op: "<", Limit: limit, Unit: "By", WindowSeconds: alertWindow.Seconds(),
			Samples: row.Samples, ExpectedSamples: row.Expected, Method: "time-weighted mean", LimitSource: "asrdiag",
		},
	})
}
