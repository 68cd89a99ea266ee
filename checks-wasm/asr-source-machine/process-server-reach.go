package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Statuses of a probe's leg, and its names.
const (
	legOK          = "ok"
	legRefused     = "refused"
	legTimeout     = "timeout"
	legUnreachable = "unreachable"
	legSkipped     = "skipped"

	legDNS = "dns"
	legTCP = "tcp"

	httpProxyAuth = 407
)

// judge gives one probe one of the article's three results: successful,
// unsuccessful, partially successful. A name with several addresses is reached
// when one of them answers.
func (r *portRun) judge(i int) {
	probe := r.probes.Items[i]
	r.exhibit(probe)
	open, failed, later := outcome(probe.Legs)
	if r.mild(i, true) {
		return
	}
	if open >= 0 && r.foreign(probe) == "" {
		r.connected = append(r.connected, probe.Target)
	}
	switch {
	case open >= 0 && later >= 0:
		r.partial(i, later)
	case open >= 0:
		r.finef("%s answers after %.0f ms", probe.Target, probe.Legs[open].DurationMS)
	case failed >= 0:
		r.unsuccessful(i, failed)
	default:
		r.unclearf("the probe of %s was not made%s", probe.Target, quoteTail(probe.Error))
	}
}

// outcome gives the indices of the legs that decide, each -1 if there is none:
// the TCP connection that was made, the last leg that failed before one was,
// and the first that failed after it. What works on top of TCP shows that TCP
// does; without a leg of its own, one that gets no answer stands for it.
func outcome(legs []bundles.Leg) (open, failed, later int) {
	open, failed, later = -1, -1, -1
	for k, leg := range legs {
		ok := leg.Status == legOK && leg.HTTPStatus != httpProxyAuth
		switch {
		case leg.Status == legSkipped:
		case leg.Leg == legTCP && ok, open < 0 && leg.Leg != legDNS && ok:
			open = k
		case !ok && (leg.Leg == legDNS || leg.Leg == legTCP):
			failed = k
		case !ok && later < 0:
			later = k
		}
	}
	if open < 0 && failed < 0 && later >= 0 {
		if slices.Contains([]string{legRefused, legTimeout, legUnreachable}, legs[later].Status) {
			return -1, later, -1
		}
		open = later
	}
	return open, failed, later
}

// finding has what all findings about a leg share.
func (r *portRun) finding(i, k int) check.Finding {
	probe := r.probes.Items[i]
	leg := probe.Legs[k]
	status := fmt.Sprintf("/items/%d/legs/%d/status", i, k)
	return check.Finding{
		Subject: probe.Target, State: abi.StateOngoing, FirstSeen: &probe.T,
		Evidence: []abi.Evidence{
			r.p.At("probes", check.Item(i, "target"), probe.Target), r.p.At("probes", status, leg.Status),
		},
	}
}

// measured says how the attempt was made.
func measured(probe bundles.Probe, leg bundles.Leg) string {
	return fmt.Sprintf(" Measured: step %s of an attempt from this machine at %s, which ended after %.0f ms with %q%s; the address is from %s.",
		leg.Leg, probe.T.UTC().Format("15:04:05Z"), leg.DurationMS, leg.Status, quoteTail(leg.Error), origin(probe.Origin))
}

func origin(o string) string {
	kind, what, _ := strings.Cut(o, ":")
	switch kind {
	case "flag":
		return "the command line"
	case "config":
		return "the configuration (" + what + ")"
	case "log", "from_log":
		return "the agent's log"
	}
	return "the profile"
}

// unsuccessful: no connection at all.
func (r *portRun) unsuccessful(i, k int) {
	probe := r.probes.Items[i]
	leg := probe.Legs[k]
	r.blocked = true
	f := r.finding(i, k)
	f.Key, f.Severity = "unreachable-"+slug(probe.Target), abi.Critical
	title, why, steps := r.reason(probe.Target, leg)
	f.Title = title
	f.Detail = "All replication data of this machine goes there, so nothing is replicated while this lasts. " + why + measured(probe, leg)
	r.contradict(&f, leg, probe.Target, leg.Remote)
	f.Remedy = append(steps, r.tryAgain(probe.Target))
	r.p.Report(f)
}

// contradict weakens a finding when the agent was seen connected: proof of work
// beats an attempt that failed. A proxy that asks for credentials is connected
// to, too, and lets nothing through.
func (r *portRun) contradict(f *check.Finding, leg bundles.Leg, targets ...string) {
	if leg.HTTPStatus != httpProxyAuth && r.establishedTo(targets) != "" {
		f.Detail += " In the same window a process of the agent held a connection to it, so the way is not closed for good."
		f.Severity, f.State = abi.Warning, abi.StateUnknown
	}
}

// reason words one way of not getting through.
func (r *portRun) reason(target string, leg bundles.Leg) (title, why string, steps []string) {
	host, port := splitTarget(target)
	switch {
	case leg.Leg == legDNS:
		return fmt.Sprintf("The process server's name %s does not resolve", host),
			"No address was found, so nothing was sent.",
			[]string{
				"Ask the DNS server: " + code("nslookup "+host),
				"Correct the DNS entry, or name the process server by its address when the machine is protected again.",
			}
	case leg.Status == legRefused:
		return fmt.Sprintf("Data port %s refuses the connection", target),
			"The machine answers, but nothing listens on the port, or a firewall rejects it at once.",
			[]string{
				openPort(port),
				"On the process server, see that its data service runs: " + code("sc.exe query cxprocessserver") + " If not: " + code("sc.exe start cxprocessserver"),
				fmt.Sprintf(`On the process server, see that it listens on %s: %s Its port is ssl_port in C:\ProgramData\ASR\home\svsystems\transport\cxps.conf.`, port, code(fmt.Sprintf(`netstat -ano | findstr ":%s"`, port))),
			}
	case leg.Status == legUnreachable:
		return fmt.Sprintf("There is no route to data port %s", target),
			"A router, or this machine itself, said that the address cannot be reached.",
			[]string{r.onThis("See where the way ends: "+code("tracert -d "+host), "See where the way ends: "+code("ip route get "+host+"; tracepath -n "+host)), openPort(port)}
	case leg.Status == legTimeout:
		return fmt.Sprintf("Data port %s does not answer%s", target, waited(leg)),
			"Packets are dropped without a word: the mark of a firewall in between, or of a process server that is off.",
			[]string{openPort(port), "See that the process server is up, and that its address has not changed: ping proves nothing here."}
	}
	return fmt.Sprintf("The connection to data port %s fails", target), "", []string{openPort(port)}
}

// waited tells how long an answer was waited for.
func waited(leg bundles.Leg) string {
	if leg.DurationMS < 100 {
		return ""
	}
	return " within " + check.Span(time.Duration(leg.DurationMS*float64(time.Millisecond)))
}

// openPort is the article's action for "unsuccessful".
func openPort(port string) string {
	return fmt.Sprintf("Make sure that inbound port %s is allowed on the process server, and in every firewall before it (perimeter, screened subnet): ", port) +
		code(fmt.Sprintf(`netsh advfirewall firewall add rule name="ASR data %s" dir=in action=allow protocol=TCP localport=%s`, port, port))
}

func (r *portRun) tryAgain(target string) string {
	host, port := splitTarget(target)
	return r.onThis("Check again from this machine: "+code(fmt.Sprintf("Test-NetConnection %s -Port %s", host, port)),
		"Check again from this machine: "+code(fmt.Sprintf("timeout 10 bash -c '</dev/tcp/%s/%s' && echo open", host, port)))
}

// onThis picks the words for the system of the machine.
func (r *portRun) onThis(windows, linux string) string {
	if r.p.Bundle.Host().OS == "windows" {
		return windows
	}
	return linux
}

// partial: the port answers, but what follows does not.
func (r *portRun) partial(i, k int) {
	probe := r.probes.Items[i]
	leg := probe.Legs[k]
	r.blocked = true
	f := r.finding(i, k)
	f.Key, f.Severity = "partial-"+slug(probe.Target), abi.Critical
	f.Title = fmt.Sprintf("Data port %s connects, but the %s", probe.Target, brokenStep(leg))
	f.Detail = "The port is open, so it is not a matter of the port's rule. What breaks is what is said on the connection, and without it nothing of this machine is replicated." + measured(probe, leg)
	if leg.HTTPStatus == httpProxyAuth {
		f.Title = fmt.Sprintf("A proxy answers in place of data port %s (407)", probe.Target)
		f.Detail = "407 asks for a proxy's credentials; the process server itself never says so. Replication does not go through a proxy." + measured(probe, leg)
		f.Evidence = append(f.Evidence, r.p.At("probes", fmt.Sprintf("/items/%d/legs/%d/http_status", i, k), leg.HTTPStatus))
	}
	if leg.Leg == "tls-3k" {
		f.Detail += fmt.Sprintf(" A hello of %d bytes, which takes several packets, is lost where a small one gets through: a black hole for large packets.", max(leg.HelloBytes, largeHello))
		f.Remedy = append(f.Remedy, r.largePackets(probe.Target))
	}
	r.contradict(&f, leg, probe.Target, leg.Remote)
	f.Remedy = append(f.Remedy, r.endpointSteps(probe.Target)...)
	r.p.Report(f)
}

// largeHello is the size of the hello of the leg tls-3k at least, in bytes.
const largeHello = 3000

// largePackets finds where packets of full size are lost.
func (r *portRun) largePackets(target string) string {
	host, _ := splitTarget(target)
	return r.onThis("See which size still gets through, and lower the MTU of the tunnel or firewall in between, or let it send ICMP \"fragmentation needed\": "+code("ping -f -l 1472 "+host),
		"See which size still gets through, and lower the MTU of the tunnel or firewall in between, or let it send ICMP \"fragmentation needed\": "+code("ping -M do -s 1472 "+host))
}

// brokenStep words a step that failed on an open connection.
func brokenStep(leg bundles.Leg) string {
	name := map[string]string{"tls": "TLS handshake", "tls-3k": "TLS handshake with large packets", "http": "HTTP request", "proxy": "way through the proxy"}[leg.Leg]
	if name == "" {
		name = "step " + leg.Leg
	}
	if leg.Status == legTimeout {
		return name + " gets no answer"
	}
	return name + " fails"
}

// endpointSteps are the article's next procedure, step 7.
func (r *portRun) endpointSteps(target string) []string {
	host, port := splitTarget(target)
	return []string{
		fmt.Sprintf("Open https://%s/ from this machine. A certificate error is normal, and 400 Bad Request behind it means that the connection is fine. Without a desktop: %s", target, code("curl -vk https://"+target+"/")),
		"If it is anything else, note the message: 407 is a proxy that wants credentials; take the process server out of the proxy's path.",
		r.onThis("Check the connection end to end: "+code(fmt.Sprintf(`"C:\Program Files (x86)\Microsoft Azure Site Recovery\agent\cxpsclient.exe" -i %s -l %s -y 300`, host, port)),
			"Check the connection end to end: "+code(fmt.Sprintf("/usr/local/ASR/Vx/bin/cxpsclient -i %s -l %s -y 300", host, port))),
		`Then read on the process server C:\ProgramData\ASR\home\svsystems\transport\log\cxps.err.log and cxps.xfer.log.`,
	}
}

// agentReports adds what the agent itself says: a port that answers while the
// agent reports the process server unreachable is the article's partial success.
func (r *portRun) agentReports() {
	for _, t := range r.unprobed() {
		r.unclearf("the agent's log names %s, which was not probed", t)
	}
	if r.blocked || len(r.connected) == 0 {
		return
	}
	if reason, ok := r.p.Absent(agentSource); !ok {
		r.unclearf("whether the agent itself reports the process server unreachable is not known: %s", reason)
		return
	}
	if _, ok := r.p.Missing(agentLogs); !ok {
		r.finef("the agent's own log was not collected")
	}
	if c, last := r.course(); c.State == abi.StateOngoing {
		r.reportedUnreachable(c, last)
	}
}

// unreachableByLog reports what the agent says when nobody tried the port.
func (r *portRun) unreachableByLog(c check.Course, last scan.Hit) {
	target := "its process server"
	for _, t := range append(slices.Clone(r.used), r.configured...) {
		target = t
		break
	}
	f := check.Finding{
		Key: "reported-unreachable", Subject: target, Severity: abi.Critical, State: c.State, Count: int64(c.Count),
		FirstSeen: &c.First, LastSeen: &c.Last,
		Title: fmt.Sprintf("The agent reports %s unreachable (reports: %s), last at %s", target, check.Number(int64(c.Count)), r.p.Clock(c.Last)),
		Detail: "All replication data of this machine goes there. Nobody tried the port from here, so whether a firewall closes it or the connection breaks later is not known. The last report is " +
			check.Span(r.p.Now.Sub(c.Last)) + " before the end of the collection.",
		Evidence: []abi.Evidence{check.At(last)},
	}
	r.fade(&f, c)
	r.contradict(&f, bundles.Leg{}, target)
	host, port := splitTarget(target)
	if port == "" {
		host, port = unknownServer, dataPort
	}
	at := host + ":" + port
	f.Remedy = append([]string{r.tryAgain(at) + " If it does not connect: " + openPort(port)}, r.endpointSteps(at)...)
	r.p.Report(f)
}

// fade weakens what an agent said whose log ended long ago.
func (r *portRun) fade(f *check.Finding, c check.Course) {
	if !r.p.Recent(c.Last, 4*reportRetry) {
		f.Severity, f.State = abi.Warning, abi.StateUnknown
	}
}

// course applies the rule of recency to the agent's reports.
func (r *portRun) course() (check.Course, scan.Hit) {
	var last scan.Hit
	e := check.Errors{Retry: reportRetry}
	for h := range r.p.Hits(reportScan) {
		if h.Time != nil {
			e.Times, last = append(e.Times, *h.Time), h
		}
	}
	if newest := r.p.Summary(reportScan).NewestLine; newest != nil {
		e.LogEnd = *newest
	}
	return r.p.Course(e), last
}

func (r *portRun) reportedUnreachable(c check.Course, last scan.Hit) {
	target := r.connected[0]
	f := check.Finding{
		Key: "reported-unreachable", Subject: target, Severity: abi.Critical, State: c.State, Count: int64(c.Count),
		FirstSeen: &c.First, LastSeen: &c.Last,
		Title: fmt.Sprintf("Data port %s connects, but the agent reported it unreachable (reports: %s), last at %s",
			target, check.Number(int64(c.Count)), r.p.Clock(c.Last)),
		Detail: fmt.Sprintf("The port is open now, so it is not a matter of the port's rule. The agent's last report is %s before the end of the collection, and no later line takes it back.",
			check.Span(r.p.Now.Sub(c.Last))),
		Remedy:   r.endpointSteps(target),
		Evidence: []abi.Evidence{check.At(last)},
	}
	r.fade(&f, c)
	r.p.Report(f)
}

// exhibit shows the legs.
func (r *portRun) exhibit(probe bundles.Probe) {
	e := abi.Exhibit{Kind: "path", Title: "From this machine to " + probe.Target}
	for _, leg := range probe.Legs {
		detail := leg.Error
		if detail == "" {
			detail = fmt.Sprintf("%.0f ms", leg.DurationMS)
		}
		if leg.HTTPStatus != 0 {
			detail += fmt.Sprintf(", HTTP %d", leg.HTTPStatus)
		}
		e.Steps = append(e.Steps, abi.Step{Name: leg.Leg, Status: leg.Status, Detail: detail})
	}
	if len(e.Steps) > 0 {
		r.p.Exhibit(e)
	}
}
