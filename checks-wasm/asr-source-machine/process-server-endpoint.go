package main

import (
	_ "embed"
	"slices"
	"strconv"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed process-server-endpoint.md
var processServerEndpointDoc string

func processServerEndpoint() *check.Check {
	return &check.Check{
		ID: "process-server-endpoint", Title: "The data port answers, rung by rung", Doc: processServerEndpointDoc,
		URL: article + "#step-7-troubleshoot-an-unreachable-process-server", Since: firstVersion,
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Critical, abi.Warning},
		Inputs: []abi.Input{
			check.OptionalFact("probes"), check.OptionalFact("config"), check.OptionalFact("connections"),
			check.May("svagents-log", agentLogs),
		},
		Formats: []scan.Format{asrlogs.Agents()}, Scans: []scan.Scan{unreachableReports()},
		ExplainedBy: []abi.Cause{
			{Check: "source-appliance-address"},
			{Check: "process-server-port", SameSubject: true},
			{Check: "asr-process-server/services-running", Subjects: []string{"cxprocessserver"}},
			{Check: "asr-process-server/data-port"},
			{Check: "asr-process-server/inbound-firewall"},
		},
		Worked: workedUploads,
		Run:    runProcessServerEndpoint,
	}
}

func runProcessServerEndpoint(p *check.Pass) error {
	return onTargets(p, (*portRun).noLadder, func(r *portRun, targets []int) {
		for _, i := range targets {
			r.climb(i)
		}
		missed := r.allForeign(targets)
		r.end(p, r.askFor(append(missed, r.climbAgain(targets)...)))
	})
}

// noLadder ends the check when nobody tried.
func (r *portRun) noLadder() {
	reason, ok := r.p.Missing("facts/**/probes.json")
	if ok {
		reason = "no probe went to the data port"
	}
	targets := append(slices.Clone(r.configured), r.used...)
	if len(targets) == 0 {
		targets = []string{unknownServer + ":" + dataPort}
	}
	r.p.Insufficient(reason, r.askFor(targets[:1]))
}

// rungs are the steps of the ladder, as legs and in words.
func rungs() []struct{ leg, words string } {
	return []struct{ leg, words string }{
		{legTCP, "connection (TCP)"}, {"tls", "TLS handshake"}, {"tls-3k", "TLS handshake with a hello of 3 KB"}, {"http", "HTTP request"},
	}
}

// rungOf gives the number of a leg's rung, from 1. A name that does not resolve
// keeps one off the first.
func rungOf(leg string) int {
	for i, r := range rungs() {
		if r.leg == leg {
			return i + 1
		}
	}
	return 1
}

// climb follows one attempt up the ladder and reports the rung that breaks.
func (r *portRun) climb(i int) {
	probe := r.probes.Items[i]
	open, failed, later := outcome(probe.Legs)
	switch {
	case r.mild(i, false): // told by process-server-port
	case open < 0 && failed >= 0:
		r.broken(i, failed)
	case open >= 0 && later >= 0:
		r.broken(i, later)
	case open < 0:
		r.unclearf("the probe of %s was not made%s", probe.Target, quoteTail(probe.Error))
	default:
		r.top(probe)
	}
}

// top is what an attempt says that broke nowhere: it must have climbed.
func (r *portRun) top(probe bundles.Probe) {
	tls := find(probe.Legs, func(l bundles.Leg) string { return l.Leg }, "tls")
	http := find(probe.Legs, func(l bundles.Leg) string { return l.Leg }, "http")
	switch {
	case tls < 0 || probe.Legs[tls].Status != legOK:
		r.unclearf("%s: TLS was not tried", probe.Target)
	case http < 0 || probe.Legs[http].Status != legOK:
		r.unclearf("%s: TLS works, HTTP was not tried", probe.Target)
	case probe.Legs[http].HTTPStatus == 400:
		r.finef("%s answers up to HTTP 400, which is how a data port greets a browser", probe.Target)
	default:
		r.finef("%s answers up to HTTP %d", probe.Target, probe.Legs[http].HTTPStatus)
	}
}

// climbAgain lists the targets whose ladder was not climbed to its end.
func (r *portRun) climbAgain(targets []int) []string {
	var out []string
	for _, i := range targets {
		if open, failed, later := outcome(r.probes.Items[i].Legs); failed < 0 && later < 0 || open < 0 && failed < 0 {
			out = append(out, r.probes.Items[i].Target)
		}
	}
	return out
}

// broken reports the rung that breaks.
func (r *portRun) broken(i, k int) {
	probe := r.probes.Items[i]
	leg := probe.Legs[k]
	n := rungOf(leg.Leg)
	words := rungs()[n-1].words
	f := r.finding(i, k)
	f.Key, f.Severity = "rung-"+strconv.Itoa(n)+"-"+slug(probe.Target), abi.Critical
	f.Title = "Data port " + probe.Target + " breaks at rung " + strconv.Itoa(n) + " of 4: " + words + " " + legEnd(leg)
	f.Detail = r.meaning(leg, n) + measured(probe, leg)
	if n > 1 {
		f.Detail = "What comes before works. " + f.Detail
	}
	if leg.HTTPStatus == httpProxyAuth {
		f.Evidence = append(f.Evidence, r.p.At("probes", "/items/"+strconv.Itoa(i)+"/legs/"+strconv.Itoa(k)+"/http_status", leg.HTTPStatus))
	}
	r.contradict(&f, leg, probe.Target, leg.Remote)
	f.Remedy = r.rungSteps(probe.Target, leg, n)
	r.p.Report(f)
}

// legEnd says how a rung ended, behind its name.
func legEnd(leg bundles.Leg) string {
	switch {
	case leg.HTTPStatus == httpProxyAuth:
		return "answered 407 by a proxy"
	case leg.Leg == legDNS:
		return "finds no address"
	case leg.Status == legTimeout:
		return "gets no answer"
	case leg.Status == legRefused:
		return "is refused"
	case leg.Status == legUnreachable:
		return "has no route"
	}
	return "fails"
}

// meaning says what a broken rung means.
func (r *portRun) meaning(leg bundles.Leg, n int) string {
	switch {
	case leg.HTTPStatus == httpProxyAuth:
		return "407 asks for a proxy's credentials; a process server never says so. A proxy answers in its place."
	case n == 1:
		return "No connection comes about: it is a matter of names, firewalls, or a server that does not listen."
	case n == 2:
		return "The port is open, and what answers there does not speak TLS, or something in between cuts it off."
	case n == 3:
		return "A small handshake gets through, one of several packets does not: a black hole for large packets, a tunnel or firewall with a smaller MTU that does not say so."
	}
	return "Encryption works, and the request behind it gets no answer: something in between takes it, or the server hangs."
}

func (r *portRun) rungSteps(target string, leg bundles.Leg, n int) []string {
	switch {
	case n == 1:
		_, _, steps := r.reason(target, leg)
		return append(steps, r.tryAgain(target))
	case n == 3:
		return append([]string{r.largePackets(target)}, r.endpointSteps(target)...)
	}
	return r.endpointSteps(target)
}
