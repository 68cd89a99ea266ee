package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed source-appliance-address.md
var sourceApplianceAddressDoc string

// applianceArticle says how an appliance is set up and kept.
const applianceArticle = "https://learn.microsoft.com/en-us/azure/site-recovery/deploy-vmware-azure-replication-appliance-modernized"

func sourceApplianceAddress() *check.Check {
	return &check.Check{
		ID: "source-appliance-address", Title: "The appliance answers at the agent's addresses", Doc: sourceApplianceAddressDoc,
		URL: applianceArticle, Since: firstVersion, Article: []string{"beyond the article"},
		Roles: roles(), OS: systems(), Severities: []abi.Severity{abi.Info, abi.Critical},
		Inputs: []abi.Input{check.Fact("config"), check.OptionalFact("probes")},
		Worked: workedServer,
		Run:    runSourceApplianceAddress,
	}
}

func runSourceApplianceAddress(p *check.Pass) error {
	app := applianceOf(p)
	switch {
	case !app.modern:
		p.NotApplicable("no appliance serves this agent: neither CSType nor SourceConfig.json says so")
		return nil
	case len(app.hosts) == 0:
		p.Insufficient("SourceConfig.json, which has the appliance's addresses, was not found or could not be read", askAddresses(nil, app))
		return nil
	}
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	var works, fails, untried []string
	var proofs []abi.Evidence
	for _, host := range app.hosts {
		tried, open, ev := hostReached(p, probes, app, host)
		switch {
		case open:
			works = append(works, host)
		case tried:
			fails, proofs = append(fails, host), append(proofs, ev...)
		default:
			untried = append(untried, host)
		}
	}
	if len(fails) > 0 && len(works)+len(untried) == 0 || len(works) > 0 && len(fails) > 0 {
		reportAddresses(p, works, fails, proofs)
	}
	switch {
	case len(works) == 0 && len(untried) > 0:
		p.Insufficient("not tried: "+strings.Join(untried, ", "), askAddresses(untried, app))
	case len(fails) == 0:
		p.Pass("answers at " + strings.Join(works, ", "))
	}
	return nil
}

// hostReached says whether attempts at a name or address of the settings were made,
// and whether one connected.
func hostReached(p *check.Pass, probes bundles.Probes, app applianceSettings, host string) (tried, open bool, ev []abi.Evidence) {
	for i, probe := range probes.Items {
		if probe.Via == bundles.ViaProxy || !among([]string{target(host, app.port), target(host, dataPort)}, probe.Target) {
			continue
		}
		connected, failed, _ := outcome(probe.Legs)
		open = open || connected >= 0
		if connected < 0 && failed >= 0 {
			tried = true
			ev = append(ev, p.At("probes", check.Item(i, "target"), probe.Target), p.At("probes", check.Item(i, fmt.Sprintf("legs/%d/status", failed)), probe.Legs[failed].Status))
		}
	}
	return tried || open, open, ev
}

func reportAddresses(p *check.Pass, works, fails []string, proofs []abi.Evidence) {
	f := check.Finding{
		Subject: fails[0], Key: "unreachable", Severity: abi.Critical, State: abi.StateOngoing, Evidence: proofs,
		Title:  fmt.Sprintf("None of the appliance's addresses in the agent's settings answers: %s", shown(fails)),
		Detail: "The agent tries these and no others, at the control port and at the data port. Either the appliance is off, has another address or name now, or nothing gets through to it.",
		Remedy: []string{
			"See that the appliance runs, and which addresses it has: `ipconfig` there. Compare with those of the agent: " + strings.Join(fails, ", ") + ".",
			"If they are its own, look for what closes both ports in between: firewalls, routes, on a cloud-hosted appliance the network security group.",
			"If they are not, give the appliance its address or name back; or make a new configuration file in its configuration manager, https://APPLIANCE:44368, and register the agent with it again.",
		},
	}
	if len(works) > 0 {
		f.Key, f.Severity, f.Remedy = "partly", abi.Info, nil
		f.Title = fmt.Sprintf("%s of the agent's settings does not answer, %s does", shown(fails), shown(works))
		f.Detail = "The agent tries its addresses in turn, so one is enough; an address of NAT often serves one port only."
	}
	p.Report(f)
}

// shown lists a few.
func shown(list []string) string {
	if len(list) > 2 {
		return strings.Join(list[:2], ", ") + fmt.Sprintf(" and %d more", len(list)-2)
	}
	return strings.Join(list, ", ")
}

func askAddresses(hosts []string, app applianceSettings) *abi.Ask {
	ask := abi.Ask{Role: bundles.RoleSourceMachine, Args: []string{"--quick"}, Why: "tries the appliance's addresses of the agent's settings"}
	for _, h := range hosts {
		ask.Args = append(ask.Args, "--probe", target(h, app.port))
	}
	return &ask
}
