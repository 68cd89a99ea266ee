package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Legs of the way to the configuration server at which a heartbeat breaks.
const (
	legService = "service"
	legName    = "dns"
	legConnect = "tcp"
	legTLS     = "tls"
	legHTTP    = "http"
)

// statusProxyAuth: a proxy in between wants credentials.
const statusProxyAuth = 407

func legWords(leg string) string {
	switch leg {
	case legName:
		return "name resolution"
	case legConnect:
		return "connection"
	case legTLS, "tls-3k":
		return "TLS handshake"
	case legHTTP:
		return "HTTP request"
	case "proxy":
		return "proxy"
	}
	return leg
}

// statusWords says, after the name of a leg, how it ended.
func statusWords(l bundles.Leg) string {
	switch {
	case l.HTTPStatus == statusProxyAuth:
		return "answered 407 by a proxy"
	case l.Status == "ok":
		return "succeeded"
	case l.Status == "refused":
		return "refused"
	case l.Status == "timeout":
		return "timed out"
	case l.Status == "unreachable":
		return "impossible, there is no route"
	case l.Status == "not_found":
		return "found no address"
	}
	return strings.ReplaceAll(l.Status, "_", " ")
}

// brokenLeg gives the leg at which a probe ended; empty when it got through.
func brokenLeg(pr bundles.Probe) string {
	i := brokenAt(pr)
	switch {
	case i < 0:
		return ""
	case pr.Legs[i].HTTPStatus == statusProxyAuth && pr.Legs[i].Leg != "proxy":
		return legHTTP
	}
	return pr.Legs[i].Leg
}

// brokenAt gives the index of the leg at which a probe ended; -1 when it got
// through. An HTTP answer of any status but a proxy's is an answer, and of the
// addresses of a name one that takes connections is enough.
func brokenAt(pr bundles.Probe) int {
	connected := slices.ContainsFunc(pr.Legs, func(l bundles.Leg) bool { return l.Leg == legConnect && l.Status == "ok" })
	return slices.IndexFunc(pr.Legs, func(l bundles.Leg) bool {
		ok := l.Status == "ok" || l.Status == "skipped" || l.Leg == legConnect && connected
		return !ok || l.HTTPStatus == statusProxyAuth
	})
}

// tried reports whether a probe says anything of its target: that a name
// resolves is not enough.
func tried(pr bundles.Probe) bool {
	return slices.ContainsFunc(pr.Legs, func(l bundles.Leg) bool { return l.Status != "skipped" && (l.Leg != legName || l.Status != "ok") })
}

// legOfText tells from an error text how far a request came.
func legOfText(text string) string {
	text = strings.ToLower(text)
	for _, l := range []struct {
		leg   string
		words []string
	}{
		{legTLS, []string{"ssl negotiation", "certificate", "(60)", "(35)"}},
		{legName, []string{"(6)", "resolve", "11001"}},
		{legConnect, []string{"(7)", "(28)", "can't connect", "timed out", "timeout", "refused", "10060", "10061"}},
		{legHTTP, []string{"status code", "401", "403", "407", "500", "503"}},
	} {
		for _, w := range l.words {
			if strings.Contains(text, w) {
				return l.leg
			}
		}
	}
	return ""
}

// findProbe finds the attempt to reach the configuration server. Of several, as
// directly and through a proxy, one that got through counts.
func (h *pulse) findProbe() {
	probes := optional[bundles.Probes](h.p, "probes")
	if probes == nil {
		return
	}
	server := configValue(h.p, "amethyst", "PS_CS_IP")
	for i, pr := range probes.Items {
		known := pr.Name == "configuration-server" || server != "" && strings.HasPrefix(pr.Target, server+":")
		if known && tried(pr) && (h.probe == nil || brokenAt(*h.probe) >= 0 && brokenAt(pr) < 0) {
			h.probe, h.probeItem = &probes.Items[i], i
		}
	}
}

// findServices finds out which of the services that send the heartbeat are down:
// ProcessServer does now, tmansvc did in older releases.
func (h *pulse) findServices() {
	fact := optional[bundles.Services](h.p, "services")
	if fact == nil {
		return
	}
	names := []string{svcProcessServer, svcTmansvc}
	if h.p.Deployment == bundles.DeployAzureFailback {
		names = names[:1]
	}
	for _, name := range names {
		i, item := findService(*fact, name)
		if i < 0 || item.Error != "" {
			continue
		}
		if h.p.Deployment == "" && item.State == bundles.StateNotInstalled {
			continue // a failback server does without tmansvc
		}
		if c := conditionOf(item, fact.Taken); c.is == conditionDown || c.is == conditionNotInstalled {
			h.down = append(h.down, name)
			h.downProofs = append(h.downProofs, h.p.At("services", check.Item(i, "state"), item.State))
		}
	}
}

// brokenAt names the leg at which the heartbeat breaks, by the nearest witness.
func (h *pulse) brokenAt() (leg, words string) {
	if len(h.down) > 0 {
		return legService, fmt.Sprintf("It breaks at its beginning: %s.", h.downWords())
	}
	if h.probe != nil {
		if leg := brokenLeg(*h.probe); leg != "" {
			return leg, fmt.Sprintf("It breaks at the %s to %s.", legWords(leg), h.probe.Target)
		}
	}
	for _, t := range []trail{h.post, h.register} {
		if t.State == "" || t.State == abi.StateRecovered {
			continue
		}
		if leg := legOfText(t.hits[len(t.hits)-1].Text); leg != "" {
			return leg, fmt.Sprintf("By the log it breaks at the %s.", legWords(leg))
		}
	}
	if h.probe != nil {
		return "", fmt.Sprintf("The way to %s is open, so the request itself is refused or not sent.", h.probe.Target)
	}
	return "", "Where it breaks is not known."
}

// downWords tells which of the services that send the heartbeat do not run.
func (h *pulse) downWords() string {
	if len(h.down) == 1 {
		return "service " + h.down[0] + " does not run"
	}
	return "services " + strings.Join(h.down, " and ") + " do not run"
}

// supporting is the evidence of the broken leg beside the proof itself.
func (h *pulse) supporting(leg string) []abi.Evidence {
	var ev []abi.Evidence
	if leg == legService {
		ev = append(ev, h.downProofs...)
	}
	if h.probe != nil && brokenLeg(*h.probe) != "" {
		ev = append(ev, h.probeEvidence())
	}
	if h.post.State == abi.StateOngoing {
		ev = append(ev, check.At(h.post.hits[len(h.post.hits)-1]))
	}
	return ev
}

func (h *pulse) probeEvidence() abi.Evidence {
	last := brokenAt(*h.probe)
	if last < 0 {
		last = len(h.probe.Legs) - 1
	}
	return h.p.At("probes", check.Item(h.probeItem, fmt.Sprintf("legs/%d/status", last)), h.probe.Legs[last].Status)
}

// remedy is the alert's list and step 3, then what the broken leg asks for.
func (h *pulse) remedy(leg string) []string {
	steps := []string{
		"Check that the process server is up and running.",
		"Check that tmansvc and ProcessServer run on it: `sc.exe query tmansvc` and `sc.exe query ProcessServer`; start the one that does not: `net start tmansvc`, `net start ProcessServer`.",
		`Check these logs for errors: C:\ProgramData\ASR\home\svsystems\eventmanager*.log and monitor_protection*.log, which newer releases keep in its folder var: ` +
			"`" + `Select-String -Path C:\ProgramData\ASR\home\svsystems\var\*.log -Pattern EXCEPTION | Select-Object -Last 20` + "`.",
	}
	server := "CS_ADDRESS"
	if a := configValue(h.p, "amethyst", "PS_CS_IP"); a != "" {
		server = a
	}
	switch leg {
	case legName:
		steps = append(steps, fmt.Sprintf("Let DNS resolve the configuration server's name: `Resolve-DnsName %s`.", server))
	case legConnect, "proxy":
		steps = append(steps, fmt.Sprintf("Open TCP 443 from this server to the configuration server: `Test-NetConnection %s -Port 443`.", server))
	case legTLS:
		steps = append(steps, "Register the process server again with the configuration server's passphrase (cspsconfigtool.exe), which also renews its fingerprint. It restarts the process server's services.")
	case legHTTP:
		steps = append(steps, "Check that W3SVC and MySQL run on the configuration server, and that no proxy stands in between: `netsh winhttp show proxy`.")
	}
	return append(steps, "Check connectivity and replication, steps 4 to 13 of the article.")
}

// pathExhibit draws a probe's legs.
func pathExhibit(title string, pr bundles.Probe) abi.Exhibit {
	e := abi.Exhibit{Kind: "path", Title: title}
	for _, l := range pr.Legs {
		detail := l.Error
		if l.HTTPStatus != 0 {
			detail = fmt.Sprintf("HTTP %d %s", l.HTTPStatus, l.Error)
		}
		e.Steps = append(e.Steps, abi.Step{Name: legWords(l.Leg), Status: l.Status, Detail: strings.TrimSpace(detail)})
	}
	return e
}
