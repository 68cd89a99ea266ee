package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed unreachable-process-server.md
var unreachableDoc string

const (
	// uploadSpan is over what uploads are judged: the product calls a source
	// machine blocked when it sent nothing for so long (SOURCE_FAILURE).
	uploadSpan = 30 * time.Minute
	// Failures are judged by their share, of enough uploads.
	failedShare = 0.05
	minUploads  = 20
)

func unreachableProcessServer() *check.Check {
	use := asrlogs.Use(asrlogs.XferByHost, asrlogs.XferAnswered)
	return &check.Check{
		ID: "unreachable-process-server", Title: "Source machines reach the process server", Doc: unreachableDoc,
		URL: article + "#step-7-troubleshoot-an-unreachable-process-server", Since: firstVersion, Article: []string{"step 7", "error 78186"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs:  append(use.Inputs, asrlogs.CxpsTransferLog().Need(), check.OptionalFact("config")),
		Formats: use.Formats, Scans: use.Scans,
		ExplainedBy: []abi.Cause{
			{Check: "services-running", Subjects: []string{"cxprocessserver"}},
			{Check: "data-port"},
			{Check: "inbound-firewall"},
			{Check: "no-nat"},
			{Check: "certificate-expiry"},
			{Check: "time-sync"},
			{Check: "cache-free-space"},
			{Check: "replication-throttle"},
			{Check: "cache-disk-errors"},
			{Check: "asr-source-machine/process-server-port"},
			{Check: "asr-source-machine/process-server-endpoint"},
			{Check: "asr-source-machine/agent-running"},
		},
		Worked: workedUploads,
		Run:    runUnreachable,
	}
}

func runUnreachable(p *check.Pass) error {
	if why, ok := transferLogUsable(p); !ok {
		p.Insufficient(why, askElevated("the transfer log"))
		return nil
	}
	silent, lossy, expected := judgeSources(p, true)
	if expected == 0 {
		p.Insufficient("no source machine uploaded anything in the last day of the transfer log", nil)
		return nil
	}
	reportSilent(p, silent, expected)
	for _, s := range lossy {
		reportLossy(p, s)
	}
	if len(silent)+len(lossy) == 0 {
		saysFine(p, fmt.Sprintf("%s uploaded or answered in the 30 min before the collection", check.Count(int64(expected), "source machine", "source machines")))
	}
	return nil
}

// saysFine passes, unless that holds only for the later of the times that uploads of
// a repeated hour may have.
func saysFine(p *check.Pass, reason string) {
	doubt := p.RepeatedHour(uploadSpan)
	if silent, _, _ := judgeSources(p, false); doubt != "" && len(silent) > 0 {
		p.Insufficient(reason+", or in the hour before that"+doubt, ask("reads the transfer log again, an hour after the clock was set back", "--quick"))
		return
	}
	passUnlessBlind(p, reason+doubt, asrlogs.CxpsTransferLog().Source)
}

// judgeSources tells which of the source machines that are expected to upload were
// silent, and of which too many uploads failed. Late is that of sourcesSince.
func judgeSources(p *check.Pass, late bool) (silent, lossy []source, expected int) {
	sources := sourcesSince(p, p.Now.Add(-uploadSpan), late)
	slices.SortFunc(sources, func(a, b source) int { return strings.Compare(a.host, b.host) })
	for _, s := range sources {
		if s.good+s.bad+s.before == 0 {
			continue
		}
		expected++
		switch {
		case s.good == 0 && s.throttled == 0 && !s.answered:
			silent = append(silent, s)
		case s.good+s.bad >= minUploads && float64(s.bad) > failedShare*float64(s.good+s.bad):
			lossy = append(lossy, s)
		}
	}
	return silent, lossy, expected
}

// transferLogUsable says why the transfer log tells nothing of the last half hour.
func transferLogUsable(p *check.Pass) (string, bool) {
	if v := configValue(p, "cxps", "xfer_log_enabled"); switchedOff(v) {
		return "the transfer log is off (xfer_log_enabled = " + v + ")", false
	}
	oldest := p.Summary(asrlogs.XferByHost).OldestLine
	if why, ok := p.Searched(asrlogs.XferByHost, nil); !ok && oldest == nil {
		return why, false
	}
	switch {
	case oldest == nil:
		return "no line of cxps.xfer.log has a time", false
	case p.Now.Sub(*oldest) < uploadSpan:
		return "cxps.xfer.log covers only " + check.Span(p.Now.Sub(*oldest)) + " before the collection, 30 min are needed", false
	}
	return "", true
}

// reportSilent reports machines that sent nothing: one finding when they are half
// of all, else one a machine, which may just be off.
func reportSilent(p *check.Pass, silent []source, expected int) {
	if len(silent) == 0 {
		return
	}
	if 2*len(silent) < expected {
		for _, s := range silent {
			f := silentFinding(p, s)
			f.Title = fmt.Sprintf("Source machine %s has sent nothing since %s, others do", s.name(), p.Clock(s.last))
			f.Detail = "It may be off, or has nothing to send. " + f.Detail
			p.Report(f)
		}
		return
	}
	f := silentFinding(p, silent[0])
	f.Severity, f.Key, f.Subject, f.Count = abi.Critical, "all", "data port", int64(len(silent))
	f.Title = fmt.Sprintf("%d of %s sent nothing for 30 min", len(silent), check.Count(int64(expected), "source machine", "source machines"))
	var names []string
	for _, s := range silent[:min(len(silent), maxShown)] {
		names = append(names, fmt.Sprintf("%s since %s", s.name(), p.Clock(s.last)))
	}
	f.Detail = "So many at once have one cause: the data port, a firewall, or the network in between. Among them: " + strings.Join(names, ", ") + ". " + f.Detail
	p.Report(f)
}

func silentFinding(p *check.Pass, s source) check.Finding {
	return check.Finding{
		Subject: s.host, Key: "silent-" + slug(s.host), Severity: abi.Warning, State: abi.StateOngoing, LastSeen: &s.last,
		Detail: "Without uploads there are no recovery points; the vault shows error 78186. Measured: lines of the transfer log (cxps.xfer.log) of the 30 minutes before the collection, against the day before.",
		Remedy: reachRemedy(p), Evidence: transferEvidence(p),
	}
}

func reportLossy(p *check.Pass, s source) {
	total := s.good + s.bad
	share := float64(s.bad) / float64(total)
	p.Report(check.Finding{
		Subject: s.host, Key: "failed-" + slug(s.host), Severity: abi.Warning, State: abi.StateOngoing, Count: s.bad,
		Title:  fmt.Sprintf("%s of the uploads of source machine %s failed (limit 5 %%)", check.PercentBeside(share, failedShare), s.name()),
		Detail: fmt.Sprintf("%s of %s uploads in the 30 minutes before the collection failed. The machine sends again, and falls behind.", check.Number(s.bad), check.Number(total)),
		Remedy: reachRemedy(p), Evidence: transferEvidence(p),
		Measure: &abi.Measure{
			Metric: "uploads.failed", Value: share, Op: ">", Limit: failedShare, Unit: "1", WindowSeconds: uploadSpan.Seconds(), Samples: int(total),
			Method: "failed by all uploads that were not throttled", LimitSource: "asrdiag",
		},
	})
}

// transferEvidence is the newest lines of uploads.
func transferEvidence(p *check.Pass) []abi.Evidence {
	var ev []abi.Evidence
	for h := range p.Hits(asrlogs.XferByHost) {
		ev = []abi.Evidence{check.At(h)}
	}
	if len(ev) == 0 {
		for h := range p.Hits(asrlogs.XferAnswered) {
			ev = []abi.Evidence{check.At(h)}
		}
	}
	return ev
}

func reachRemedy(p *check.Pass) []string {
	server, port := orElse(configValue(p, "amethyst", "PS_IP"), "PS_ADDRESS"), dataPort(p)
	return []string{
		fmt.Sprintf("On the source machine, connect to the data port: `telnet %s %s`, or `Test-NetConnection %s -Port %s`; on Linux `curl -vk https://%s:%s/`. A certificate error or answer 400 is fine, 407 is a proxy in between.", server, port, server, port, server, port),
		fmt.Sprintf("Let inbound connections to port %s through the firewall of this server: `netsh advfirewall firewall add rule name=\"ASR data port\" dir=in action=allow protocol=TCP localport=%s`.", port, port),
		"On the source machine, check that svagents runs: `sc.exe query svagents`, on Linux `pgrep -l svagents`.",
		fmt.Sprintf("If the port answers and uploads fail, run the product's test there: `\"C:\\Program Files (x86)\\Microsoft Azure Site Recovery\\agent\\cxpsclient.exe\" -i %s -l %s -y 300`, on Linux `/usr/local/ASR/Vx/bin/cxpsclient -i %s -l %s -y 300`.", server, port, server, port),
		"Collect on the source machine, too: `asrcollect --quick`.",
	}
}
