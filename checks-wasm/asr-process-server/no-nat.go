package main

import (
	_ "embed"
	"net/netip"
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed no-nat.md
var noNATDoc string

func noNAT() *check.Check {
	return &check.Check{
		ID: "no-nat", Title: "Process server's address is its own", Doc: noNATDoc,
		URL: article + "#best-practices-for-process-server-deployment", Since: firstVersion, Article: []string{"practice: IP address"},
		Roles: roles(), OS: systems(), Deployments: withAppliances(), Severities: allSeverities(),
		Inputs: []abi.Input{
			check.Fact("network"), check.Fact("config"), check.OptionalFact("probes"), check.OptionalFact("connections"),
			check.OptionalFact("certificates"), check.OptionalFact("host"), asrlogs.CxpsTransferLog().Input(),
		},
		Formats: []scan.Format{asrlogs.CxpsTransfers()}, Scans: []scan.Scan{uploadScan()},
		Worked: workedUploads,
		Run:    ours(onPremisesOnly(runNoNAT)),
	}
}

func runNoNAT(p *check.Pass) error {
	network, err := check.Load[bundles.Network](p, "network")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	server, known := addressOfServer(p)
	tellNames(p, server)
	switch {
	case err != nil:
		p.Insufficient("network: the collector read it and stored nothing", ask("reads the network's settings", "--quick"))
	case isModern(p):
		judgeApplianceNAT(p, &network)
	case !known:
		p.Insufficient("the address that source machines are given (PS_IP of amethyst.conf) was not read", askElevated("amethyst.conf"))
	case len(server.addresses) == 0:
		p.Insufficient("what "+server.text+" resolves to is not known", ask("resolves the name on the machine itself", "--quick", "--probe", server.text+":"+dataPort(p)))
	case slices.ContainsFunc(server.addresses, func(a netip.Addr) bool { return isOwn(&network, a.String()) }):
		p.Pass(server.text + " is an address of this machine")
	default:
		judgeForeign(p, server)
	}
	return nil
}

// judgeForeign decides what an address that the machine does not have means: by
// the sources that come through it, else by who answers at it.
func judgeForeign(p *check.Pass, server serverAddress) {
	port := dataPort(p)
	in := inboundOf(p, port)
	f := check.Finding{
		Subject: server.text, State: abi.StateOngoing, Remedy: natRemedy(server.text, port),
		Evidence: slices.Concat([]abi.Evidence{server.at}, firstAdapter(p), in.evidence),
	}
	who := whoAnswers(p, server.text, port)
	if who.at.File != "" {
		f.Evidence = append(f.Evidence, who.at)
	}
	switch {
	case in.works:
		f.Key, f.Severity, f.Title = "translated", abi.Info, "Process server's address "+server.text+" is translated, and works"
		f.Detail = "No adapter has it, yet " + in.words + ": something in between translates addresses. Microsoft advises against that."
	case !who.tried:
		reason, more := notProbed(p, "the data port at "+server.text+", which no adapter has,")
		p.Insufficient(reason, more)
		return
	case who.ours:
		f.Key, f.Severity, f.Title = "translated-idle", abi.Warning, "Process server's address "+server.text+" is on no adapter: NAT or a virtual IP"
		f.Detail = "This process server answers there, with its own certificate, so something in between translates addresses. Microsoft asks for none; no source machine was seen to connect while the collector looked."
	case who.unknown != "":
		p.Insufficient(server.text+" is on no adapter; who answers there is not known: "+who.unknown, askElevated("ps.crt"))
		return
	default:
		f.Key, f.Severity, f.Title = "changed", abi.Critical, "Process server's address "+server.text+" is on no adapter, and "+who.words
		f.Detail = "Source machines upload to this address. It has changed, or another machine has it now; no source machine was seen to connect."
	}
	report(p, f)
}

// firstAdapter shows the addresses of an adapter that leads anywhere.
func firstAdapter(p *check.Pass) []abi.Evidence {
	network := optional[bundles.Network](p, "network")
	if network == nil {
		return nil
	}
	i := slices.IndexFunc(network.Items, func(i bundles.Interface) bool { return !i.Loopback && len(i.Addresses) > 0 })
	if i < 0 {
		return nil
	}
	return []abi.Evidence{p.At("network", check.Item(i, "addresses"), network.Items[i].Addresses)}
}

// answerer is who answers at an address.
type answerer struct {
	tried   bool
	ours    bool
	unknown string // why it cannot be told
	words   string
	at      abi.Evidence
}

func whoAnswers(p *check.Pass, host, port string) answerer {
	a, ok := dataPortAttempt(p, host, port)
	if !ok {
		return answerer{}
	}
	i, leg := a.leg(legTLS)
	if i < 0 || leg.Status != "ok" {
		return answerer{tried: true, words: "nobody answers there: " + a.ended(), at: a.proof(p)}
	}
	own, why := ownCertificate(p)
	if local := localCertificate(p, port); own == "" && local != "" {
		own = local
	}
	who := answerer{tried: true, at: a.legMember(p, i, "cert_sha256", leg.CertSHA256)}
	switch {
	case leg.CertSHA256 == "":
		who.at, who.unknown = a.legProof(p, i), "the collector did not see a certificate"
	case own == "":
		who.unknown = why
	case leg.CertSHA256 == own:
		who.ours = true
	default:
		who.words = "another machine answers there, as " + clip(leg.CertSubject)
	}
	return who
}

func natRemedy(address, port string) []string {
	return []string{
		"Check the address that source machines are given, PS_IP: `Select-String PS_IP C:\\ProgramData\\ASR\\home\\svsystems\\etc\\amethyst.conf`, against those of this machine: `Get-NetIPAddress -AddressFamily IPv4`.",
		"If the machine got another address, give it the old one back, as a static IPv4 address, or register the process server again with its present one (cspsconfigtool.exe); that interrupts uploads while its services restart.",
		"If " + address + " is translated by a router, a firewall or a load balancer, give the process server an address that source machines reach without translation.",
		"Then try it from a source machine: `Test-NetConnection " + address + " -Port " + port + "`.",
	}
}
