package main

import (
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed proxy-agreement.md
var proxyAgreementDoc string

func proxyAgreement() *check.Check {
	return &check.Check{
		ID: "proxy-agreement", Title: "Same proxy for Site Recovery and backup agent", Doc: proxyAgreementDoc,
		URL: article + "#step-12-verify-process-server-proxy-settings", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: []string{bundles.DeployConfigurationServer, bundles.DeployStandalone}, Severities: allSeverities(),
		Inputs: []abi.Input{check.Fact("registry"), check.OptionalFact("config"), check.OptionalFact("connections"), check.OptionalFact("probes"), check.OptionalFact("cache")},
		Worked: workedAzure,
		Run:    runProxyAgreement,
	}
}

// agreement compares the places that have a proxy.
type agreement struct {
	p      *check.Pass
	own    proxy // Site Recovery's, in the registry
	agent  proxy // the backup agent's
	probes *bundles.Probes
	conns  *bundles.Connections
}

func runProxyAgreement(p *check.Pass) error {
	reg, err := check.Load[bundles.Registry](p, "registry")
	if check.IsMissing(err) {
		p.Insufficient("registry: the collector read it and stored nothing", askElevated("the registry"))
		return nil
	}
	if err != nil {
		return err
	}
	a := agreement{p: p, probes: optional[bundles.Probes](p, "probes"), conns: optional[bundles.Connections](p, "connections")}
	cfg := optional[bundles.Config](p, "config")
	var whyOwn, whyAgent string
	a.own, whyOwn = registryProxy(reg, p)
	a.agent, whyAgent = agentProxy(cfg, p)
	a.others(reg, cfg)
	switch {
	case !a.own.known:
		p.Insufficient(whyOwn, askElevated("the registry"))
	case a.agent.known:
		a.compare()
	default:
		a.byBehaviour(whyAgent)
	}
	return nil
}

// compare is step 12.2: the two settings side by side.
func (a *agreement) compare() {
	a.p.Exhibit(abi.Exhibit{Kind: "table", Title: "Proxy settings", Columns: []string{"Place", "Proxy", "Bypass list"}, Rows: [][]string{
		{"Site Recovery (registry)", a.own.String(), strings.Join(a.own.bypass, "; ")},
		{"Backup agent", a.agent.String(), strings.Join(a.agent.bypass, "; ")},
	}})
	switch {
	case a.own.set() != a.agent.set():
		a.differ("one-is-empty")
		return
	case !a.own.set():
		a.p.Pass("neither Site Recovery nor the backup agent has a proxy")
		return
	}
	same, known := sameHost(a.own.host, a.agent.host, a.probes)
	switch {
	case known && same && a.own.port == a.agent.port:
		a.compareBypass()
	case known && !same, a.own.port != a.agent.port:
		a.differ("address")
	default:
		a.p.Insufficient(fmt.Sprintf("whether %s and %s are the same machine is not known: the name was not resolved", a.own, a.agent),
			ask("resolves the proxy's name on the machine itself", "--quick", "--probe", a.own.host+":"+a.own.port, "--probe", a.agent.host+":"+a.agent.port))
	}
}

func (a *agreement) differ(key string) {
	report(a.p, worksNow(a.p, check.Finding{
		Subject: "backup agent", Key: key, Severity: abi.Critical, State: abi.StateOngoing,
		Title:  fmt.Sprintf("Proxy settings differ: Site Recovery has %s, the backup agent %s", a.own, a.agent),
		Detail: "The backup agent (Microsoft Azure Backup, cbengine.exe) sends the replicated data to Azure. With another proxy than Site Recovery's, registration works and uploads fail, or the other way round. Addresses were compared without scheme, case and slash at the end." + a.written(),
		Remedy: a.remedy(), Evidence: slices.Concat(a.own.evidence, a.agent.evidence),
	}))
}

// written tells when the settings were last written, where that is known.
func (a *agreement) written() string {
	var words string
	if t := a.own.written; t != nil {
		words += " The registry key was last written " + a.p.Clock(*t) + "."
	}
	if t := a.agent.written; t != nil {
		words += " The backup agent's settings were last written " + a.p.Clock(*t) + "."
	}
	return words
}

// compareBypass compares the lists of what goes around the proxy.
func (a *agreement) compareBypass() {
	if !a.agent.bypassed {
		a.p.Pass(fmt.Sprintf("Site Recovery and the backup agent both use %s; the agent's bypass list was not read", a.own))
		return
	}
	if slices.Equal(a.own.bypass, a.agent.bypass) {
		a.p.Pass(fmt.Sprintf("Site Recovery and the backup agent both use %s", a.own))
		return
	}
	report(a.p, check.Finding{
		Subject: "backup agent", Key: "bypass", Severity: abi.Warning, State: abi.StateOngoing,
		Title:  fmt.Sprintf("Bypass lists of the proxy differ in %d entries", len(onlyIn(a.own.bypass, a.agent.bypass))+len(onlyIn(a.agent.bypass, a.own.bypass))),
		Detail: fmt.Sprintf("Only Site Recovery bypasses: %s. Only the backup agent bypasses: %s.", listOr(onlyIn(a.own.bypass, a.agent.bypass)), listOr(onlyIn(a.agent.bypass, a.own.bypass))),
		Remedy: a.remedy(), Evidence: slices.Concat(a.own.evidence, a.own.list, a.agent.list),
	})
}

func onlyIn(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func listOr(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, "; ")
}

// byBehaviour judges by where the backup agent's process connects to.
func (a *agreement) byBehaviour(why string) {
	seen := a.traffic()
	switch {
	case a.conns == nil:
		reason, _ := a.p.Missing("facts/**/connections.json")
		a.p.Insufficient(why+"; "+reason, a.ask())
	case a.own.set() && seen.proxied >= 0:
		a.p.Pass(fmt.Sprintf("cbengine.exe is connected to Site Recovery's proxy %s; its own setting was not read", a.own))
	case a.own.set() && seen.direct < 0 && seen.blocked >= 0:
		c := a.conns.Items[seen.blocked]
		report(a.p, check.Finding{
			Subject: "backup agent", Key: "goes-around", Severity: abi.Critical, State: abi.StateOngoing, FirstSeen: &c.FirstSeen, LastSeen: &c.LastSeen,
			Title:  fmt.Sprintf("Backup agent goes around proxy %s: it only tries %s and gets no answer", a.own, c.Remote),
			Detail: fmt.Sprintf("Site Recovery has a proxy; cbengine.exe tries public addresses on port 443 directly and stays in SYN_SENT, in %d readings. Its own setting was not read: %s.", a.conns.Readings, why),
			Remedy: a.remedy(), Evidence: append(slices.Clone(a.own.evidence), a.p.At("connections", check.Item(seen.blocked, "remote"), c.Remote)),
		})
	case !a.own.set() && seen.direct >= 0:
		a.p.Pass("Site Recovery has no proxy, and cbengine.exe is connected to Azure without one")
	default:
		a.p.Insufficient(why+", and its connections do not tell", a.ask())
	}
}

// traffic are items of the connections fact, -1 for none.
type traffic struct{ proxied, direct, blocked int }

func (a *agreement) traffic() traffic {
	t := traffic{-1, -1, -1}
	if a.conns == nil {
		return t
	}
	for i, c := range a.conns.Items {
		host, port, _ := cutPort(c.Remote)
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if !strings.EqualFold(c.Process, engineProcess) || err != nil {
			continue
		}
		established := slices.Contains(c.States, "ESTABLISHED")
		same, _ := sameHost(a.own.host, addr.String(), a.probes)
		switch {
		case established && a.own.set() && same && port == a.own.port:
			t.proxied = i
		case port != "443" || !isPublic(addr):
		case established:
			t.direct = i
		case onlySynSent(c.States):
			t.blocked = i
		}
	}
	return t
}

func onlySynSent(states []string) bool {
	return len(states) > 0 && !slices.ContainsFunc(states, func(s string) bool { return s != "SYN_SENT" })
}

func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate()
}

func (a *agreement) ask() *abi.Ask {
	return ask("reads the backup agent's proxy with Get-OBMachineSetting; needs administrator rights", "--quick", "--commands")
}

// others tells of a proxy of WinHTTP or of the SYSTEM account that is another
// than Site Recovery's: some components take theirs from there.
func (a *agreement) others(reg bundles.Registry, cfg *bundles.Config) {
	for _, o := range []struct {
		key, what string
		proxy     proxy
	}{
		{"winhttp", "WinHTTP", winhttpProxy(cfg, a.p)},
		{"system", "The SYSTEM account", systemProxy(reg, a.p)},
	} {
		same, known := sameHost(o.proxy.host, a.own.host, a.probes)
		if !a.own.known || !o.proxy.set() || !known || same && o.proxy.port == a.own.port {
			continue
		}
		report(a.p, check.Finding{
			Subject: o.key, Key: o.key, Severity: abi.Info, State: abi.StateOngoing,
			Title:    fmt.Sprintf("%s uses the proxy %s, Site Recovery %s", o.what, o.proxy, a.own),
			Detail:   "Windows' own programs and agents that run as SYSTEM take their proxy from there.",
			Evidence: slices.Concat(o.proxy.evidence, a.own.evidence),
		})
	}
}

func winhttpProxy(cfg *bundles.Config, p *check.Pass) proxy {
	if cfg == nil {
		return proxy{}
	}
	for f, file := range cfg.Items {
		for i, v := range file.Values {
			if strings.EqualFold(file.Name, "winhttp") && strings.EqualFold(v.Key, "ProxyServer") && v.Value != "" {
				out := parseProxy(v.Value, "")
				out.evidence = []abi.Evidence{p.At("config", check.Item(f, fmt.Sprintf("values/%d/value", i)), v.Value)}
				return out
			}
		}
	}
	return proxy{}
}

func systemProxy(reg bundles.Registry, p *check.Pass) proxy {
	for k, key := range reg.Items {
		if !strings.EqualFold(strings.Replace(key.Key, "HKEY_USERS", "HKU", 1), systemProxyKey) {
			continue
		}
		_, enabled := registryValue(key, "ProxyEnable")
		i, address := registryValue(key, "ProxyServer")
		if enabled != "1" || address == "" {
			return proxy{}
		}
		out := parseProxy(address, "")
		out.evidence = []abi.Evidence{p.At("registry", check.Item(k, fmt.Sprintf("values/%d/data", i)), key.Values[i].Data)}
		return out
	}
	return proxy{}
}

// remedy is step 12 of the article, with the commands for a server without a
// desktop.
func (a *agreement) remedy() []string {
	set := "Set-OBMachineSetting -NoProxy"
	name := "the proxy server's name"
	if a.own.set() {
		name = a.own.host
		set = fmt.Sprintf("Set-OBMachineSetting -ProxyServer http://%s -ProxyPort %s", a.own.host, a.own.port)
	}
	return []string{
		fmt.Sprintf("Check that DNS resolves %s: `Resolve-DnsName %s`. Skip this when the address is a number or there is no proxy.", name, strings.ReplaceAll(name, "the proxy server's name", "PROXY")),
		`Check the value that was given at setup in the registry: ` + "`" + `reg query "HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings"` + "`.",
		"Search for Microsoft Azure Backup and open it.",
		"Select Action > Change Properties.",
		`On the tab Proxy Configuration set the same address as in the registry; or: ` + "`" + `Import-Module "C:\Program Files\Microsoft Azure Recovery Services Agent\bin\Modules\MSOnlineBackup"; ` + set + "`.",
		"Restart the backup agent: `net stop obengine & net start obengine`. This interrupts uploads to Azure of all machines until it runs again.",
	}
}
