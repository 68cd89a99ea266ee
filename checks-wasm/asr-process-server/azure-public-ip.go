package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed azure-public-ip.md
var azurePublicIPDoc string

// engineRetry is how long the backup agent waits at most between two attempts
// while it backs off; not documented, taken from the span of its result codes.
const engineRetry = 15 * time.Minute

const (
	scanEngine    = "engine-azure-errors"
	scanEngineRaw = "engine-azure-raw" // for columns that the format does not know
)

func azurePublicIP() *check.Check {
	return &check.Check{
		ID: "azure-public-ip", Title: "Backup agent's connections to Azure", Doc: azurePublicIPDoc,
		URL: article + "#step-10-check-the-process-server-connection-to-azure-public-ip-address", Since: firstVersion,
		Roles: roles(), OS: systems(), Severities: allSeverities(),
		Deployments: []string{bundles.DeployConfigurationServer, bundles.DeployStandalone, bundles.DeployAppliance},
		Inputs:      []abi.Input{engineLogs(), check.OptionalFact("probes"), check.OptionalFact("connections"), check.OptionalFact("cache")},
		Formats:     []scan.Format{asrlogs.BackupEngine()},
		Scans: []scan.Scan{
			engineScan(),
			{ID: scanEngineRaw, Input: engineLogs().ID, IgnoreCase: true, MaxHits: 20, Any: []scan.Pattern{{Regexp: `\b(?:WARNING|FATAL)\b.*connection attempt failed`}}},
		},
		ExplainedBy: []abi.Cause{
			{Check: "proxy-agreement"},
			{Check: "proxy-resolution"},
			{Check: "proxy-scheme"},
			{Check: "tls-inspection"},
			{Check: "tls-protocol"},
			{Check: "required-urls"},
			{Check: "ip-firewall"},
			{Check: "time-sync"},
		},
		Worked: workedAzure,
		Run:    runAzurePublicIP,
	}
}

// engineScan finds the lines that speak of failed connections to Azure.
func engineScan() scan.Scan {
	return scan.Scan{
		ID: scanEngine, Input: engineLogs().ID, Format: asrlogs.BackupEngine().ID, IgnoreCase: true, MaxHits: 1000,
		Where: map[string][]string{"severity": {"WARNING", "FATAL"}}, Any: []scan.Pattern{
			{Regexp: `(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}:443)\b`},
			{Regexp: `(?P<address>\[[0-9a-f:]+\]:443)\b`},
			{Regexp: `connection attempt failed to (?P<address>[a-z0-9][a-z0-9.-]*:\d{1,5})\b`},
			{Regexp: `connection attempt failed|:443\b|0x80072(?:ee2|ee7|efd|efe|f8f)\b|0x80190197|\bhttp[^0-9]{0,20}407\b|\b407 proxy|status(?: code)?[ =:]+407\b`},
		},
	}
}

func runAzurePublicIP(p *check.Pass) error {
	list := hitsOf(p, scanEngine)
	w := witnesses{p: p, probes: optional[bundles.Probes](p, "probes"), conns: optional[bundles.Connections](p, "connections")}
	faults := groupFaults(list.hits)
	found := false
	for _, f := range faults {
		found = reportFault(p, f, list, w) || found
	}
	switch {
	case list.files == 0:
		p.Insufficient("no CBEngine*.errlog was found", ask("reads the backup agent's folder Temp; needs administrator rights", "--quick"))
	case list.end.IsZero():
		unparsed(p)
	case found:
	default:
		passUnlessBlind(p, fmt.Sprintf("no failed connection to Azure in the 24 h before %s, the log's newest line", p.Clock(list.end)), sourceCBEngine)
	}
	return nil
}

// unparsed handles a log of which no line has the known columns: its text still
// tells.
func unparsed(p *check.Pass) {
	sum := p.Summary(scanEngineRaw)
	if sum.Count == 0 {
		p.Insufficient("no line of CBEngine*.errlog has the known columns", nil)
		return
	}
	f := check.Finding{
		Key: "unparsed", Severity: abi.Warning, State: abi.StateUnknown, Count: sum.Count,
		Title:  fmt.Sprintf("Backup agent's log has %s failed connection attempts, of unknown time", check.Number(sum.Count)),
		Detail: "The lines do not have the known columns, so their time and severity were not read.",
		Remedy: azureRemedy(causeConnect, unknownTarget),
	}
	for h := range p.Hits(scanEngineRaw) {
		f.Evidence = []abi.Evidence{check.At(h)}
	}
	p.Report(f)
	p.Insufficient("no line of CBEngine*.errlog has the known columns", nil)
}

// reportFault reports one cause with all its addresses, unless it is too old to
// count.
func reportFault(p *check.Pass, f fault, list hitList, w witnesses) bool {
	success, how := w.success(f)
	c := p.Course(check.Errors{Times: f.times, LogEnd: list.end, Retry: engineRetry, Success: success, Later: p.LatestOf(scanEngine, f.hits)})
	if c.State == "" {
		return false
	}
	bad, proof := w.failsNow(f)
	if bad && !success.After(c.Last) {
		c.State = abi.StateOngoing
	}
	out := check.Finding{
		Key: f.cause.key, Subject: f.subject(), Severity: f.cause.severity, State: c.State, Count: int64(c.Count), FirstSeen: &c.First, LastSeen: &c.Last,
		Title:  fmt.Sprintf("Backup agent %s: %s since %s%s", f.cause.failed, times(c.Count), p.Clock(c.First), f.to()),
		Remedy: azureRemedy(f.cause.key, f.firstAddress()), Evidence: append(f.evidence(), proof...),
	}
	switch {
	case c.Intermittent():
		out.Severity, out.State = abi.Warning, abi.StateOngoing
		out.Title = fmt.Sprintf("Backup agent %s, intermittent: %d recoveries since %s%s", f.cause.failed, c.Recoveries, p.Clock(c.First), f.to())
	case c.State == abi.StateRecovered:
		out.Severity = abi.Info
		out.Title = fmt.Sprintf("Backup agent %s until %s: %s%s", f.cause.failed, p.Clock(c.Last), times(c.Count), f.to())
	case c.State == abi.StateUnknown:
		out.Severity = min2(out.Severity, abi.Warning)
	}
	out.Detail = sentences(f.cause.why, f.words(p), how, w.now(f), "Times of this log are taken for local time, which its maker does not say.")
	p.Report(out)
	p.Exhibit(f.table(p, w))
	return true
}

// sentences joins those that are not empty.
func sentences(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), " ")
}

// times writes how often something happened.
func times(n int) string { return check.Count(int64(n), "time", "times") }

// min2 is the weaker of two severities.
func min2(a, b abi.Severity) abi.Severity {
	if a.Rank() < b.Rank() {
		return a
	}
	return b
}
