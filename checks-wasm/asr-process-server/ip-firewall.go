package main

import (
	_ "embed"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed ip-firewall.md
var ipFirewallDoc string

// fewAddresses is how many addresses have to fail until a firewall is behind it.
const fewAddresses = 2

// synPatience is how long a connection of the agent has to wait for an answer
// until that counts as none.
const synPatience = 5 * time.Second

func ipFirewall() *check.Check {
	return &check.Check{
		ID: "ip-firewall", Title: "No firewall drops single addresses of Azure", Doc: ipFirewallDoc,
		URL: article + "#step-11-check-process-server-firewall-settings", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: append(onPremises(), bundles.DeployAppliance), Severities: []abi.Severity{abi.Warning},
		Inputs: []abi.Input{check.Fact("probes"), check.OptionalFact("registry"), check.OptionalFact("connections"), check.OptionalFact("config")},
		Worked: workedAzure,
		Run:    ours(runIPFirewall),
	}
}

// addressEnd is how the connections to one address of Azure end.
type addressEnd struct {
	address netip.AddrPort
	status  string // ok, timeout, refused ...
	name    string // the host that it is of
	at      abi.Evidence
}

// azureAddresses collects the addresses on port 443 that were tried directly, by
// the collector and by the backup agent. One that connects once, connects.
type azureAddresses struct{ list []addressEnd }

func (z *azureAddresses) add(e addressEnd) {
	i := slices.IndexFunc(z.list, func(o addressEnd) bool { return o.address == e.address })
	switch {
	case i < 0:
		z.list = append(z.list, e)
	case e.status == "ok":
		z.list[i] = e
	}
}

func (z *azureAddresses) ended(status string, family func(netip.Addr) bool) []addressEnd {
	return slices.DeleteFunc(slices.Clone(z.list), func(e addressEnd) bool { return e.status != status || !family(e.address.Addr()) })
}

func runIPFirewall(p *check.Pass) error {
	r := routeOf(p)
	switch {
	case r.own.set() || r.proxyTried():
		p.NotApplicable("this server reaches Azure through a proxy, so that addresses of Azure do not matter to its own firewall")
		return nil
	case r.unknownWay():
		p.Insufficient("whether this server goes through a proxy was not read: "+r.whyOwn, askElevated("the registry"))
		return nil
	}
	z := azureAddresses{}
	for _, a := range r.attempts {
		z.addAttempt(p, a)
	}
	z.addAgent(p, r.conns)
	judgeAddresses(p, r, z)
	return nil
}

// addAttempt takes the connections of an attempt at a host in Azure.
func (z *azureAddresses) addAttempt(p *check.Pass, a attempt) {
	fromAzure := derivedOrigin(a.Origin) || strings.HasPrefix(a.Origin, originLog) || a.Origin == originProfile
	if _, named := cloudOf(a.host); !fromAzure || a.viaProxy() || a.port != "443" || a.Origin == originProfile && !named {
		return
	}
	for i, l := range a.Legs {
		remote, err := netip.ParseAddrPort(l.Remote)
		if l.Leg != legConnect || err != nil {
			continue
		}
		z.add(addressEnd{netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()), l.Status, a.host, a.legProof(p, i)})
	}
}

// addAgent takes the backup agent's own connections.
func (z *azureAddresses) addAgent(p *check.Pass, conns *bundles.Connections) {
	if conns == nil {
		return
	}
	for i, c := range conns.Items {
		remote, err := netip.ParseAddrPort(c.Remote)
		if err != nil || remote.Port() != 443 || !strings.EqualFold(c.Process, engineProcess) {
			continue
		}
		e := addressEnd{netip.AddrPortFrom(remote.Addr().Unmap(), 443), "timeout", "", p.At("connections", check.Item(i, "states"), c.States)}
		switch {
		case slices.Contains(c.States, "ESTABLISHED"):
			e.status = "ok"
		case !onlySynSent(c.States) || c.LastSeen.Sub(c.FirstSeen) < synPatience:
			continue
		}
		z.add(e)
	}
}

// judgeAddresses looks at IPv4 and IPv6 by themselves: on a machine without one
// of them its addresses say nothing.
func judgeAddresses(p *check.Pass, r route, z azureAddresses) {
	found, connects := false, 0
	for _, family := range []func(netip.Addr) bool{netip.Addr.Is4, netip.Addr.Is6} {
		up := z.ended("ok", family)
		connects += len(up)
		if len(up) == 0 {
			continue
		}
		for _, status := range []string{"timeout", "refused"} {
			if down := z.ended(status, family); len(down) >= fewAddresses {
				reportAddresses(p, r, status, down, up)
				found = true
			}
		}
	}
	switch {
	case found:
	case len(z.list) == 0:
		reason, more := notProbed(p, "an address of Azure on port 443")
		p.Insufficient(reason, more)
	case connects == 0:
		p.Insufficient("no address of Azure connects, so that single ones cannot be told apart: see required-urls", nil)
	default:
		passUnlessBlind(p, itoa(connects)+" of "+check.Count(int64(len(z.list)), "address", "addresses")+" of Azure connected on port 443, and no two of the others were dropped", "connections")
	}
}

func reportAddresses(p *check.Pass, r route, status string, down, up []addressEnd) {
	f := check.Finding{State: abi.StateOngoing, Severity: abi.Warning, Key: "dropped", Remedy: ipFirewallRemedy(r, down[0].address.Addr().String())}
	f.Title = itoa(len(down)) + " addresses of Azure time out on port 443, while " + itoa(len(up)) + verb(len(up), " connects", " connect") + ": a firewall drops some"
	f.Detail = "Names resolve and other addresses answer, so the network works; a firewall that allows single addresses does not know these. Without an answer (timeout) packets are dropped; no server refused them."
	if status == "refused" {
		f.Key = "rejected"
		f.Title = itoa(len(down)) + " addresses of Azure are refused on port 443, while " + itoa(len(up)) + verb(len(up), " connects", " connect") + ": a firewall rejects some"
		f.Detail = "Names resolve and other addresses answer, so the network works. Azure answers on port 443; who refuses stands in between, a firewall that rejects instead of dropping."
	}
	words := make([]string, 0, len(down))
	for i, e := range down {
		if i < maxShown {
			words = append(words, strings.TrimSuffix(e.address.String()+" ("+e.name+")", " ()"))
			f.Evidence = append(f.Evidence, e.at)
		}
	}
	f.Evidence = append(f.Evidence, up[0].at)
	f.Detail += " Addresses: " + strings.Join(words, ", ") + "; " + up[0].address.String() + " connects."
	report(p, f)
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// ipFirewallRemedy is the first half of step 11 of the article, with the service
// tags of the vault's region.
func ipFirewallRemedy(r route, address string) []string {
	region := "REGION"
	if i, key := keyAt(r.reg, vaultKey); i >= 0 {
		if n, text := registryValue(key, "VaultLocation"); n >= 0 && text != "" {
			region = text
		}
	}
	return []string{
		"Download the list of Azure's address ranges (service tags): https://www.microsoft.com/download/details.aspx?id=56519.",
		"Add the ranges to the firewall, with HTTPS (443): the tags AzureSiteRecovery, AzureBackup, AzureActiveDirectory and Storage." + region + ".",
		"Allow the ranges of the vault's region (" + region + "), and of West US, which controls access and identity.",
		"Try one that failed: `Test-NetConnection " + address + " -Port 443`.",
	}
}
