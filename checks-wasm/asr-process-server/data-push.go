package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed data-push.md
var dataPushDoc string

const (
	seriesDiskIO = "process-disk-io"
	// idleBytes read by the backup agent in the window are no transfer.
	idleBytes = 1 << 20
)

func dataPush() *check.Check {
	return &check.Check{
		ID: "data-push", Title: "Data goes from the cache to Azure", Doc: dataPushDoc,
		URL: article + "#step-8-check-whether-the-process-server-is-pushing-data", Since: firstVersion, Article: []string{"step 8"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Critical},
		Deployments: []string{bundles.DeployConfigurationServer, bundles.DeployStandalone},
		Inputs:      []abi.Input{check.Fact("cache"), check.Metrics(), check.OptionalFact("services")},
		Series:      []scan.Series{engineSeries()},
		ExplainedBy: []abi.Cause{{Check: "services-running", Subjects: []string{"obengine", "rcmreplicationagent"}}, {Check: "azure-storage-connection"}, {Check: "azure-public-ip"}, {Check: "proxy-agreement"}, {Check: "proxy-resolution"}, {Check: "proxy-scheme"}, {Check: "tls-inspection"}, {Check: "tls-protocol"}, {Check: "mars-registration"}},
		Worked:      workedAzure,
		Run:         runDataPush,
	}
}

func runDataPush(p *check.Pass) error {
	work, waiting, at, ok := pendingOf(p)
	if !ok {
		p.Insufficient("what waits in the cache was not read", askElevated("the cache folder"))
		return nil
	}
	if !work {
		passUnlessBlind(p, "little to send: "+waiting, "cache")
		return nil
	}
	cache := optional[bundles.Cache](p, "cache")
	if n := len(cache.Readings); n < 2 || !cache.Readings[0].Complete || !cache.Readings[n-1].Complete {
		p.Insufficient(waiting+"; whether it becomes less was not measured", windowAsk("the cache"))
		return nil
	}
	if words, _ := uploading(p); words != "" {
		p.Pass(words)
		return nil
	}
	read, span, known := engineRead(p)
	switch {
	case !known && len(engineDown(p)) > 0:
		reportStuck(p, *cache, waiting, "which sends it, does not run", append(at, engineDown(p)...))
	case !known:
		p.Insufficient(waiting+" and does not become less; what the backup agent reads was not sampled", askElevated("metrics"))
	case read >= idleBytes:
		p.Pass(fmt.Sprintf("%s, and the backup agent read %s in %s: it sends, though not faster than data comes (see bandwidth)", waiting, check.Bytes(uint64(read)), check.Span(span)))
	default:
		reportStuck(p, *cache, waiting, fmt.Sprintf("which sends it, read %s in %s", check.Bytes(uint64(read)), check.Span(span)), at)
	}
	return nil
}

// engineSeries has what processes read and wrote.
func engineSeries() scan.Series {
	return scan.Series{ID: seriesDiskIO, Metric: bundles.MetricProcessIO, Reduce: []string{"rate"}}
}

// engineRead is how many bytes the backup agent read over the span of the samples.
func engineRead(p *check.Pass) (bytes float64, span time.Duration, known bool) {
	for _, row := range p.Series(seriesDiskIO).Rows {
		if strings.EqualFold(row.Attributes["process"], engineProcess) && row.Attributes["direction"] == "read" && row.Rate != nil && row.SpanSeconds > 0 {
			return *row.Rate * row.SpanSeconds, check.Seconds(row.SpanSeconds), true
		}
	}
	return 0, 0, false
}

// engineDown is the proof that the backup agent was down in every reading, so that
// there was nothing of it to sample.
func engineDown(p *check.Pass) []abi.Evidence {
	fact := optional[bundles.Services](p, "services")
	if fact == nil {
		return nil
	}
	i, item := findService(*fact, svcBackup)
	if i < 0 || item.Error != "" || conditionOf(item, fact.Taken).is != conditionDown {
		return nil
	}
	return []abi.Evidence{p.At("services", check.Item(i, "state"), item.State)}
}

// reportStuck reports data that does not leave; engine says what cbengine.exe did.
func reportStuck(p *check.Pass, cache bundles.Cache, waiting, engine string, at []abi.Evidence) {
	last := len(cache.Readings) - 1
	p.Report(check.Finding{
		Subject: "cache", Key: "stuck", Severity: abi.Critical, State: abi.StateOngoing,
		Title:  fmt.Sprintf("Data does not leave for Azure: %s", waiting),
		Detail: fmt.Sprintf("What waits did not become less while the collector looked, and cbengine.exe, %s. Recovery points in Azure get old, and the cache fills.", engine),
		Remedy: []string{
			"On the process server, open Task Manager and Resource Monitor (`resmon`), tab Network: cbengine.exe must send. Without a desktop: `Get-NetTCPConnection -OwningProcess (Get-Process cbengine).Id`.",
			"If it does not, check the service and restart it: `net stop obengine && net start obengine`; that interrupts uploads to Azure for a minute.",
			"Check the connection to Azure storage: steps 9 to 12.",
		},
		Evidence: append(at, p.At("cache", fmt.Sprintf("/readings/%d/pending_bytes", last), cache.Readings[last].PendingBytes)),
	})
}
