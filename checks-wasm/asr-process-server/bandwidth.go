package main

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed bandwidth.md
var bandwidthDoc string

// Times in which what waits must be sent, as the product judges it, and how long
// to measure.
const (
	drainWarning  = 30 * time.Minute
	drainCritical = 45 * time.Minute
	drainSpan     = 10 * time.Minute
)

// scanResync are uploads of initial copies, by bytes.
const scanResync = "uploads-of-copies"

func resyncScan() scan.Scan { return uploadsBelow(scanResync, "/resync/") }

// uploadsBelow counts the bytes of the uploads to a folder that succeeded.
func uploadsBelow(id, folder string) scan.Scan {
	log := asrlogs.CxpsTransferLog()
	return scan.Scan{
		ID: id, Input: log.ID, Format: log.Format.ID, MaxHits: 10, Any: []scan.Pattern{{Literal: folder}},
		Where: map[string][]string{"request": {"/putfile"}, "result": {outcomeSuccess}},
		Tally: &scan.Tally{Sum: []string{"bytes"}, BucketSeconds: asrlogs.TransferBucket},
	}
}

func bandwidth() *check.Check {
	use := asrlogs.Use(asrlogs.ServerThroughput, asrlogs.XferByHost)
	return &check.Check{
		ID: "bandwidth", Title: "Data leaves for Azure fast enough", Doc: bandwidthDoc,
		URL: article + "#step-13-check-bandwidth", Since: firstVersion, Article: []string{"step 13"},
		Roles: roles(), OS: systems(), Severities: allSeverities(),
		Deployments: []string{bundles.DeployConfigurationServer, bundles.DeployStandalone},
		Inputs:      append(use.Inputs, check.OptionalFact("cache"), check.OptionalFact("config"), check.OptionalFact("probes")), Formats: use.Formats, Scans: append(use.Scans, resyncScan()),
		Series:      []scan.Series{engineSeries()},
		ExplainedBy: []abi.Cause{{Check: "data-push"}, {Check: "azure-storage-connection"}, {Check: "azure-public-ip"}, {Check: "cpu-utilization"}},
		Worked:      workedAzure,
		Run:         runBandwidth,
	}
}

func runBandwidth(p *check.Pass) error {
	if h, sev, ok := throughputWord(p); ok {
		reportProductsRate(p, h, sev)
		return nil
	}
	cache := optional[bundles.Cache](p, "cache")
	if cache == nil || cache.Error != "" || len(cache.Readings) == 0 {
		why := "what waits in the cache was not read"
		if reason, ok := p.Missing("facts/**/cache.json"); !ok {
			why = reason
		}
		p.Insufficient(why, askElevated("the cache folder"))
		return nil
	}
	first, last := cache.Readings[0], cache.Readings[len(cache.Readings)-1]
	span := last.T.Sub(first.T)
	switch {
	case last.PendingBytes < pendingBytes:
		passUnlessBlind(p, "little waits in the cache: "+check.Bytes(last.PendingBytes), "cache", asrlogs.ServerLog().Source)
		return nil
	case span < drainSpan || !first.Complete || !last.Complete:
		p.Insufficient(fmt.Sprintf("%s wait in the cache; how fast that becomes less was measured over %s, 10 min are needed", check.Bytes(last.PendingBytes), check.Span(span)), windowAsk("the cache"))
		return nil
	}
	arrived, why := arrivals(p, first.T, last.T)
	if why != "" {
		p.Insufficient(why, askElevated("the transfer log"))
		return nil
	}
	left := float64(first.PendingBytes) + arrived - float64(last.PendingBytes)
	if left <= 0 {
		p.Pass("nothing left the cache while the collector looked: data-push judges that")
		return nil
	}
	rate := left / span.Seconds()
	if read, sampled, known := engineRead(p); known {
		rate = max(rate, read/sampled.Seconds()) // the transfer log need not have all that arrived
	}
	judgeRate(p, len(cache.Readings)-1, last.PendingBytes, rate, arrived)
	return nil
}

// arrivals is how many bytes source machines uploaded between two times.
func arrivals(p *check.Pass, from, to time.Time) (bytes float64, why string) {
	if v := configValue(p, "cxps", "xfer_log_enabled"); switchedOff(v) {
		return 0, "the transfer log is off, so that what arrived is not known"
	}
	if why, ok := p.Searched(asrlogs.XferByHost, nil); !ok {
		return 0, why
	}
	for _, row := range p.Tally(asrlogs.XferByHost).Rows {
		if row.Key["outcome"] == outcomeSuccess {
			bytes += bucketBytes(row, from, to)
		}
	}
	return bytes, ""
}

// bucketBytes sums a row's buckets between two times, those at the ends by their
// share.
func bucketBytes(row scan.TallyRow, from, to time.Time) (sum float64) {
	const length = asrlogs.TransferBucket * time.Second
	for _, b := range row.Buckets {
		begin, end := b.Start, b.Start.Add(length)
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			sum += b.Sum["bytes"] * float64(end.Sub(begin)) / float64(length)
		}
	}
	return sum
}

func judgeRate(p *check.Pass, reading int, pending uint64, rate, arrived float64) {
	need := check.Seconds(float64(pending) / rate)
	words := fmt.Sprintf("%s wait in the cache and leave at %s/s: %s", check.Bytes(pending), check.Bytes(uint64(rate)), check.Span(need))
	if need <= drainWarning {
		p.Pass(words)
		return
	}
	f := check.Finding{
		Subject: "cache", Key: "rate", Severity: abi.Warning, State: abi.StateOngoing, Title: words + " (limit 30 min)", Remedy: bandwidthRemedy(),
		Detail:   "What waits must be in Azure within 30 to 45 minutes, or recovery points get old. The rate is what left the cache, data that became less plus what source machines uploaded meanwhile, or what cbengine.exe read, if that is more.",
		Evidence: []abi.Evidence{p.At("cache", fmt.Sprintf("/readings/%d/pending_bytes", reading), pending)},
		Measure: &abi.Measure{
			Metric: "cache.drain", Value: need.Seconds(), Op: ">", Limit: drainWarning.Seconds(), Unit: "s", Method: "pending bytes by the rate at which they left", LimitSource: limitArticle,
		},
	}
	if need > drainCritical {
		f.Severity, f.Title, f.Measure.Limit = abi.Critical, words+" (limit 45 min)", drainCritical.Seconds()
	}
	copies := 0.0
	for _, row := range p.Tally(scanResync).Rows {
		copies += bucketBytes(row, p.Bundle.Manifest.Window.Start, p.Now)
	}
	if arrived > 0 && copies > arrived/2 {
		f.Severity = abi.Info
		f.Detail += fmt.Sprintf(" Most of what arrived, %s, is an initial copy or a resynchronization, which takes its time and ends.", check.Bytes(uint64(copies)))
	}
	p.Report(f)
}

// throughputWord is the product's own verdict, when it is young and bad.
func throughputWord(p *check.Pass) (scan.Hit, abi.Severity, bool) {
	var last scan.Hit
	for h := range p.Hits(asrlogs.ServerThroughput) {
		if h.Time != nil && h.Fields["health"] != "" {
			last = h
		}
	}
	if last.Time == nil || p.Now.Sub(*last.Time) > productVerdict {
		return last, "", false
	}
	switch last.Fields["health"] {
	case productWarning:
		return last, abi.Warning, true
	case productCritical:
		return last, abi.Critical, true
	}
	return last, "", false
}

func reportProductsRate(p *check.Pass, h scan.Hit, sev abi.Severity) {
	p.Report(check.Finding{
		Subject: "cache", Key: "rate", Severity: sev, State: abi.StateOngoing, FirstSeen: h.Time, LastSeen: h.Time,
		Title:  fmt.Sprintf("The process server calls its throughput to Azure %s, at %s", h.Fields["health"], p.Clock(*h.Time)),
		Detail: "It compares what waits with what it sent: WARNING means that it needs more than 30 minutes, CRITICAL more than 45. Its line: " + oneLine(messageOf(h)) + ".",
		Remedy: bandwidthRemedy(), Evidence: []abi.Evidence{check.At(h)},
	})
}

func bandwidthRemedy() []string {
	return []string{
		"Increase the bandwidth between the process server and Azure, then check whether the problem still occurs.",
		`Look whether the backup agent is told to use less: tab Throttling of Microsoft Azure Backup, Action > Change Properties; more threads for each machine (4 unless told, up to 32): ` +
			"`" + `reg add "HKLM\SOFTWARE\Microsoft\Windows Azure Backup\Replication" /v UploadThreadsPerVM /t REG_DWORD /d 8` + "`; restart it: `net stop obengine && net start obengine`.",
		"Look for limits in between: quality of service, a proxy, ExpressRoute or VPN that is full.",
		"Run the Deployment Planner: it compares changes with bandwidth.",
	}
}
