package hostcheck

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

//go:embed cxpsclient.md
var cxpsClientDoc string

// CxpsClientOptions says for which machines a pack takes the check.
type CxpsClientOptions struct {
	Roles       []string
	OS          []string
	Since       string
	ExplainedBy []abi.Cause
	// Partial reports whether the other checks saw the port open and the way behind
	// it fail: then the product's test says more than they, and is asked for.
	Partial func(*check.Pass) bool
}

// CxpsClient is the check cxpsclient: what the product's own test of uploads
// printed, if the collector was told to run it.
func CxpsClient(o CxpsClientOptions) *check.Check {
	use := asrlogs.Use(asrlogs.ClientFailed, asrlogs.CxpsReadError, asrlogs.CxpsWriteError, asrlogs.CxpsTimeout, asrlogs.CxpsCutShort)
	return &check.Check{
		ID: "cxpsclient", Title: "The product's own test of uploads succeeds", Doc: cxpsClientDoc,
		URL: timeSyncURL[:strings.IndexByte(timeSyncURL, '#')] + "#check-the-connection-with-cxpsclient", Since: o.Since, Article: []string{"step 7"},
		Roles: o.Roles, OS: o.OS, Severities: []abi.Severity{abi.Critical},
		Inputs: append(use.Inputs, check.OptionalFact("probes")), Formats: use.Formats, Scans: use.Scans, ExplainedBy: o.ExplainedBy,
		Run: func(p *check.Pass) error { return runCxpsClient(p, o.Partial) },
	}
}

func runCxpsClient(p *check.Pass, partial func(*check.Pass) bool) error {
	sum := p.Summary(asrlogs.ClientFailed)
	source, ran := p.Bundle.Source(asrlogs.ClientLog().Source)
	switch {
	case sum.Count > 0:
		reportClient(p, sum)
	case sum.Files > 0 && ran && source.Status == bundles.StatusOK && len(sum.Unread) == 0:
		p.Pass("cxpsclient ran and printed no error")
	case sum.Files > 0:
		p.Insufficient("cxpsclient did not end well, and printed no error that is known: "+source.Status+" "+source.Error, nil)
	default:
		notRun(p, source, ran, partial)
	}
	return nil
}

func notRun(p *check.Pass, source bundles.Source, ran bool, partial func(*check.Pass) bool) {
	reason := "cxpsclient was not run"
	if ran && source.Error != "" {
		reason += ": " + source.Error
	}
	var ask *abi.Ask
	if partial != nil && partial(p) {
		ask = &abi.Ask{Role: p.Role, Args: []string{"--with-cxpsclient", "--quick"}, Why: "sends test files to the process server with the product's own client: the port answers, and the way behind it fails"}
	}
	p.Insufficient(reason, ask)
}

// reportClient reports failed runs, with what the process server logged under the
// same session.
func reportClient(p *check.Pass, sum scan.Summary) {
	var last scan.Hit
	var sids []string
	for h := range p.Hits(asrlogs.ClientFailed) {
		last = h
		if sid := h.Fields["sid"]; sid != "" {
			sids = append(sids, sid)
		}
	}
	f := check.Finding{
		Subject: "data port", Key: "runs", Severity: abi.Critical, State: abi.StateOngoing, Count: sum.Count,
		Title:  fmt.Sprintf("The product's test of uploads failed: %s", check.Count(sum.Count, "run", "runs")),
		Detail: "cxpsclient sends test files as an agent does. Newest line: " + firstLine(last.Text) + ".",
		Remedy: []string{
			"Look for the session id (sid) that it names in cxps.err.log and cxps.xfer.log on the process server: `Select-String -Path C:\\ProgramData\\ASR\\home\\svsystems\\transport\\log\\cxps.*.log -Pattern SID`.",
			"If the server's log has no such session, something in between ends the connection: look at firewalls, proxies and packet sizes.",
			"If it has one that ends with an error, follow that error: see the checks of the process server.",
		},
		Evidence: []abi.Evidence{check.At(last)},
	}
	if h, ok := sameSession(p, sids); ok {
		f.Detail += " The process server's log has the same session: " + firstLine(h.Text) + "."
		f.Evidence = append(f.Evidence, check.At(h))
	}
	p.Report(f)
}

// sameSession finds what the data port logged of one of the sessions.
func sameSession(p *check.Pass, sids []string) (scan.Hit, bool) {
	for _, id := range []string{asrlogs.CxpsReadError, asrlogs.CxpsWriteError, asrlogs.CxpsTimeout, asrlogs.CxpsCutShort} {
		for h := range p.Hits(id) {
			if slices.ContainsFunc(sids, func(sid string) bool { return strings.Contains(h.Text, "(sid: "+sid+")") }) {
				return h, true
			}
		}
	}
	return scan.Hit{}, false
}
