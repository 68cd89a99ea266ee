package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Names of an appliance's files among the settings.
const (
	applianceFile     = "appliance"      // appliance.json
	processServerFile = "process-server" // ProcessServer.conf
)

// managerPage is where an appliance is set up.
const managerPage = "https://localhost:44368"

// withAppliances are the deployments of a check that has no meaning in Azure.
func withAppliances() []string { return append(onPremises(), bundles.DeployAppliance) }

// isModern reports whether the machine is a replication appliance.
func isModern(p *check.Pass) bool { return p.Deployment == bundles.DeployAppliance }

// applianceProxy is the proxy of appliance.json: it is set once, in the configuration
// manager, and all services of the appliance use it. ok is false on other machines,
// and where the file was not read.
func applianceProxy(p *check.Pass) (own proxy, ok bool) {
	cfg := optional[bundles.Config](p, "config")
	if !isModern(p) || cfg == nil {
		return proxy{}, false
	}
	i := slices.IndexFunc(cfg.Items, func(f bundles.ConfigFile) bool { return strings.EqualFold(f.Name, applianceFile) })
	if i < 0 || !cfg.Items[i].Exists || cfg.Items[i].Error != "" {
		return proxy{}, false
	}
	address, at, set := configAt(p, applianceFile, "IpAddress")
	if !set || strings.TrimSpace(address) == "" {
		return proxy{known: true, bypassed: true, evidence: []abi.Evidence{p.At("config", check.Item(i, "exists"), true)}}, true
	}
	port, portAt, hasPort := configAt(p, applianceFile, "PortNumber")
	own = parseProxy(address, port)
	own.evidence = []abi.Evidence{at}
	if hasPort {
		own.evidence = append(own.evidence, portAt)
	}
	bypass, _, _ := configAt(p, applianceFile, "BypassList")
	own.bypass, own.bypassed, own.written = bypassList(bypass), true, cfg.Items[i].LastWrite
	return own, true
}

// ownProxy is the proxy of this server: an appliance's own, else that of the registry.
func ownProxy(p *check.Pass, reg bundles.Registry) (proxy, string) {
	if own, ok := applianceProxy(p); ok {
		return own, ""
	}
	return registryProxy(reg, p)
}

// applianceProxyStep is how the proxy of an appliance is looked at and changed.
const applianceProxyStep = "Check the proxy in Microsoft Azure Appliance Configuration Manager, " + managerPage + "; it stands in C:\\ProgramData\\Microsoft Azure\\Config\\appliance.json. All services of the appliance use it."

// judgeApplianceNAT tells of translation, which is supported on an appliance.
func judgeApplianceNAT(p *check.Pass, network *bundles.Network) {
	nat, at, set := configAt(p, processServerFile, "NatIpv4Address")
	switch nat = strings.TrimSpace(nat); {
	case !set || nat == "":
		passUnlessBlind(p, "no address of NAT is set", "config")
	case isOwn(network, nat):
		p.Pass(nat + ", which is set as the address of NAT, is an address of this machine")
	default:
		report(p, check.Finding{
			Subject: nat, Key: "translated", Severity: abi.Info, State: abi.StateOngoing,
			Title:    "Source machines may reach the appliance by NAT at " + clip(nat),
			Detail:   "NAT is supported on an appliance. Source machines try this address beside its own name and addresses (SourceConfig.json there); it has to lead to ports 443 and 9443 here.",
			Evidence: append([]abi.Evidence{at}, firstAdapter(p)...),
		})
	}
}

// nameElsewhere finds that the appliance's own name leads to another machine: source
// machines look for it by its name. words is empty when it does not, or nobody knows.
func nameElsewhere(p *check.Pass, network *bundles.Network) (name, words string, at abi.Evidence) {
	probes := optional[bundles.Probes](p, "probes")
	if !isModern(p) || probes == nil {
		return "", "", at
	}
	for i, pr := range probes.Items {
		if pr.Name != probeDataPort && pr.Name != probeControlPort || pr.Origin == originFlag {
			continue
		}
		for n, l := range pr.Legs {
			own := func(a string) bool { return isOwn(network, a) }
			if l.Leg != legName || len(l.Addresses) == 0 || slices.ContainsFunc(l.Addresses, own) {
				continue
			}
			host, _, _ := cutPort(pr.Target)
			return host, strings.Join(l.Addresses, ", "), p.At("probes", check.Item(i, "legs/"+itoa(n)+"/addresses"), l.Addresses)
		}
	}
	return "", "", at
}

// reportName reports it.
func reportName(p *check.Pass, name, words string, at abi.Evidence) {
	report(p, check.Finding{
		Subject: name, Key: "name-elsewhere", Severity: abi.Warning, State: abi.StateOngoing, Evidence: []abi.Evidence{at},
		Title:  "The appliance's name " + clip(name) + " leads to " + clip(words) + ", which no adapter has",
		Detail: "Source machines look for the appliance by its name first, so the name is what has to stay. Measured: what this machine's own name servers say.",
		Remedy: []string{
			"See what the name servers say, and which addresses the machine has: `Resolve-DnsName " + name + "`, `Get-NetIPAddress -AddressFamily IPv4`.",
			"Correct the entry in DNS, or give the appliance the address back that it has there.",
		},
	})
}
