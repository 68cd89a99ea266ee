package main

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed proxy-resolution.md
var proxyResolutionDoc string

func proxyResolution() *check.Check {
	return &check.Check{
		ID: "proxy-resolution", Title: "Proxy resolves and lets Azure through", Doc: proxyResolutionDoc,
		URL: article + "#step-12-verify-process-server-proxy-settings", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliances(), Severities: []abi.Severity{abi.Info, abi.Critical},
		Inputs:      []abi.Input{check.Fact("registry"), check.OptionalFact("probes"), check.OptionalFact("connections"), check.OptionalFact("config")},
		ExplainedBy: []abi.Cause{{Check: "proxy-scheme"}},
		Worked:      workedAzure,
		Run:         ours(runProxyResolution),
	}
}

// proxyReview judges the proxy by the collector's attempts through it.
type proxyReview struct {
	route
	address string // host:port
	set     []abi.Evidence
	tries   []attempt // through the proxy
}

func runProxyResolution(p *check.Pass) error {
	r := proxyReview{route: routeOf(p)}
	script := r.script()
	switch {
	case script != nil:
		report(p, *script)
		return nil
	case r.own.set():
		r.address, r.set = r.own.host+":"+r.own.port, r.own.evidence
	case r.proxyTried():
		r.address = r.probes.Proxy.Address
		r.set = []abi.Evidence{p.At("probes", "/proxy/address", r.address)}
	case !r.own.known:
		p.Insufficient(r.whyOwn, askElevated("the registry"))
		return nil
	default:
		p.NotApplicable("no proxy is set")
		return nil
	}
	r.tries = slices.DeleteFunc(slices.Clone(r.attempts), func(a attempt) bool { return !a.viaProxy() })
	r.judge()
	return nil
}

// script finds a script for automatic configuration, which no collector
// evaluates: in place of the proxy, or without one in the settings of SYSTEM.
func (r proxyReview) script() *check.Finding {
	if i, key := keyAt(r.reg, proxyKey); i >= 0 {
		if n, text := registryValue(key, "ProxyAddress"); n >= 0 && strings.HasSuffix(strings.ToLower(text), ".pac") {
			return scriptFinding("Site Recovery", text, valueAt(r.p, i, n, key.Values[n].Data))
		}
	}
	if r.own.set() || r.proxyTried() {
		return nil
	}
	if i, key := keyAt(r.reg, systemProxyKey); i >= 0 {
		if n, text := registryValue(key, "AutoConfigURL"); n >= 0 && text != "" {
			return scriptFinding("the SYSTEM account", text, valueAt(r.p, i, n, key.Values[n].Data))
		}
	}
	return nil
}

func scriptFinding(whose, script string, at abi.Evidence) *check.Finding {
	return &check.Finding{
		Subject: "proxy script", Key: "script", Severity: abi.Info, State: abi.StateOngoing,
		Title:    "Proxy of " + whose + " is chosen by a script, which was not evaluated",
		Detail:   "The script " + clip(script) + " decides for each host which proxy to take. Site Recovery and the backup agent want the address of a proxy; whether the script leads there cannot be told from the bundle.",
		Evidence: []abi.Evidence{at},
	}
}

func (r proxyReview) judge() {
	if len(r.tries) == 0 {
		r.untried()
		return
	}
	for _, a := range r.tries {
		if a.broken >= 0 && (a.Legs[a.broken].Leg == legName || a.Legs[a.broken].Leg == legConnect) && !r.past(a) {
			r.report(a, a.Legs[a.broken].Leg, "Proxy "+clipTarget(r.address)+" cannot be used: "+legEnd(a.Legs[a.broken]), "Everything that goes to Azure goes through this proxy.")
			return
		}
	}
	if denied := r.answered(403); len(denied) > 0 {
		r.report(denied[0], "denied", "Proxy "+clipTarget(r.address)+" refuses (403) to connect to "+hostsOf(denied), "The proxy answers and does not let this server through to hosts that it needs.")
		return
	}
	r.judgeLogin()
}

// past reports whether another attempt got as far as the proxy.
func (r proxyReview) past(a attempt) bool {
	return slices.ContainsFunc(r.tries, func(b attempt) bool {
		_, connect := b.leg(legConnect)
		return b.item != a.item && connect.Status == "ok"
	})
}

// answered lists the attempts at which the proxy answered with a status.
func (r proxyReview) answered(status int) []attempt {
	return slices.DeleteFunc(slices.Clone(r.tries), func(a attempt) bool {
		_, leg := a.leg(legProxy)
		return leg.HTTPStatus != status
	})
}

// judgeLogin handles what is left: a proxy that connects, one that wants to know
// who asks, and one that fails.
func (r proxyReview) judgeLogin() {
	through := slices.DeleteFunc(slices.Clone(r.tries), func(a attempt) bool {
		_, leg := a.leg(legProxy)
		return leg.Status != "ok"
	})
	wants := r.answered(statusProxyAuth)
	l := r.login()
	switch {
	case len(through) > 0:
		r.p.Pass("the proxy " + r.address + " connected the collector to " + hostsOf(through))
	case len(wants) > 0 && l.agentIn:
		r.p.Pass("the proxy " + r.address + " wants credentials (407), which the collector does not have; cbengine.exe is connected to it")
	case len(wants) > 0 && l.given:
		r.p.Insufficient("the proxy wants credentials (407): some are set, which the collector does not use, and cbengine.exe was not seen to be connected to it", ask("watches the backup agent's connections for longer", "--duration", "15m"))
	case len(wants) > 0:
		r.report(wants[0], "credentials", "Proxy "+clipTarget(r.address)+" wants credentials (407), and none are set", "The proxy answers 407 to whoever has no user name; Site Recovery's settings have none, and cbengine.exe was not seen to be connected to it.")
	default:
		a := r.tries[0]
		r.report(a, "no-tunnel", "Proxy "+clipTarget(r.address)+" connects to no host in Azure: "+a.ended(), "The proxy answers, and reaches none of the hosts that were asked for. It may not get out itself.")
	}
}

func (r proxyReview) untried() {
	reason := "the proxy " + r.address + " was not tried"
	if r.probes == nil {
		why, _ := r.p.Missing("facts/**/probes.json")
		reason += ": " + why
	} else if r.probes.Proxy != nil && r.probes.Proxy.Error != "" {
		reason += ": " + r.probes.Proxy.Error
	}
	r.p.Insufficient(reason, ask("tries the proxy from the machine itself", "--quick"))
}

func hostsOf(list []attempt) string {
	if len(list) == 1 {
		return shorten(list[0].host, maxHost)
	}
	return itoa(len(list)) + " hosts"
}

// maxTarget is as much of a host as fits into a title beside few other words.
const maxTarget = 55

// clipTarget shortens a host with its port for a title.
func clipTarget(target string) string {
	host, port, ok := cutPort(target)
	if !ok {
		return shorten(target, maxTarget)
	}
	return shorten(host, maxTarget) + ":" + port
}

func (r proxyReview) report(a attempt, key, title, why string) {
	f := check.Finding{
		Subject: r.address, Key: key, Severity: abi.Critical, State: abi.StateOngoing, Title: title,
		Detail: why + " While it fails, data stays in the cache.", Remedy: r.remedy(key), Evidence: append(slices.Clone(r.set), a.proof(r.p)),
	}
	if a.broken >= 0 {
		f.Detail += errorWords(a.Legs[a.broken])
	}
	report(r.p, f)
	r.p.Exhibit(pathExhibit("Way to "+a.Target+" through the proxy "+r.address, a.Probe))
}

// remedy is step 12.1 of the article, then what the broken leg asks for.
func (r proxyReview) remedy(key string) []string {
	host, port, _ := cutPort(r.address)
	host = strings.Trim(host, "[]")
	read := "Check the value that was given at setup in the registry: `reg query \"HKLM\\SOFTWARE\\Microsoft\\Azure Site Recovery\\ProxySettings\"`."
	if isModern(r.p) {
		read = applianceProxyStep
	}
	steps := []string{"Ensure that DNS resolves the proxy's name: `Resolve-DnsName " + host + "`.", read}
	switch key {
	case legConnect:
		steps = append(steps, "Check that the proxy runs and that no firewall lies in between: `Test-NetConnection "+host+" -Port "+port+"`.")
	case "denied":
		steps = append(steps, "Have the proxy allow this server the hosts of step 11, among them *.hypervrecoverymanager.windowsazure.com, *.backup.windowsazure.com and *.blob.core.windows.net (of your cloud).")
	case "credentials":
		if isModern(r.p) {
			steps = append(steps, "Let the proxy pass this server without credentials: the documentation says that an appliance does not support a proxy that wants them.")
			break
		}
		steps = append(steps, "Give Site Recovery a user for the proxy at the configuration server (cspsconfigtool.exe), or let the proxy pass this server without.",
			"Give the backup agent one as well: `Set-OBMachineSetting -ProxyServer http://"+host+" -ProxyPort "+port+" -ProxyUsername USER -ProxyPassword (Read-Host -AsSecureString)`; it runs as SYSTEM and has none of its own.")
	case "no-tunnel":
		steps = append(steps, "Check on the proxy that it gets out to Azure on port 443.")
	}
	return append(steps, "Ensure that the backup agent has the same settings: open Microsoft Azure Backup, Action > Change Properties > Proxy Configuration.")
}
