package main

import (
	_ "embed"
	"net/netip"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed tls-inspection.md
var tlsInspectionDoc string

func tlsInspection() *check.Check {
	return &check.Check{
		ID: "tls-inspection", Title: "Nobody opens the TLS to Azure", Doc: tlsInspectionDoc,
		URL: article + "#step-11-check-process-server-firewall-settings", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs:  []abi.Input{check.Fact("probes"), check.OptionalFact("registry"), check.OptionalFact("connections"), check.OptionalFact("config"), asrlogs.EngineLog().Input()},
		Formats: []scan.Format{asrlogs.BackupEngine()}, Scans: asrlogs.Use(asrlogs.EngineCodes).Scans,
		Worked: workedAzure,
		Run:    ours(runTLSInspection),
	}
}

// seenChain is a certificate that a host of Azure showed.
type seenChain struct {
	attempt
	leg int
	tls bundles.Leg
}

// issuer names who signed it, the authority behind it included.
func (c seenChain) issuer() string {
	if n := len(c.tls.ChainIssuers); n > 0 {
		return c.tls.ChainIssuers[n-1]
	}
	return c.tls.CertIssuer
}

func (c seenChain) public() bool {
	return isPublicAuthority(append(slices.Clone(c.tls.ChainIssuers), c.tls.CertIssuer))
}

// refused reports whether the machine does not trust who signed it; a name or a
// clock that does not fit is another matter.
func (c seenChain) refused() bool {
	return slices.ContainsFunc(c.tls.CertProblems, func(s string) bool { return s == "unknown_issuer" || s == "self_signed" })
}

func runTLSInspection(p *check.Pass) error {
	r := routeOf(p)
	var good int
	var foreign []seenChain
	for _, c := range chains(r) {
		if c.public() {
			good++
		} else {
			foreign = append(foreign, c)
		}
	}
	switch {
	case len(foreign) > 0:
		reportInspection(p, foreign)
	case good > 0:
		p.Pass(check.Count(int64(good), "host of Azure shows a certificate", "hosts of Azure show certificates") + " of a public authority")
	default:
		reason, more := notProbed(p, "TLS with a host of Azure")
		p.Insufficient(reason, more)
	}
	return nil
}

// chains are the certificates seen at hosts of Azure, on whatever way. An address
// that is not public is Azure's by the settings alone; what shows a certificate of
// its own there stands in for it, and inspects nothing.
func chains(r route) []seenChain {
	var list []seenChain
	for _, a := range r.attempts {
		if ofAnother(a) || r.isProxy(a.host, a.port) || !strings.HasPrefix(a.Origin, originRegistry) && !isAzureHost(a.host) {
			continue
		}
		i, leg := a.leg(legTLS)
		standIn := !isAzureHost(a.host) && leg.CertIssuer == leg.CertSubject
		if i >= 0 && leg.Status == "ok" && leg.CertIssuer != "" && !standIn {
			list = append(list, seenChain{a, i, leg})
		}
	}
	return list
}

// ofAnother reports whether an attempt went to a server that is not Azure's: one
// that somebody named, the configuration server, this server's own data port, or a
// bare address of the product's configuration, which may be public.
func ofAnother(a attempt) bool {
	_, err := netip.ParseAddr(a.host)
	return a.Origin == originFlag || slices.Contains([]string{probeConfigServer, probeDataPort, probeDataPortLocal}, a.Name) ||
		err == nil && strings.HasPrefix(a.Origin, originConfig)
}

func reportInspection(p *check.Pass, foreign []seenChain) {
	first := foreign[0]
	f := check.Finding{
		Subject: first.issuer(), Key: "inspected", Severity: abi.Warning, State: abi.StateOngoing,
		Title: "TLS to Azure is opened on the way: " + clip(first.host) + " shows a certificate of " + clip(commonName(first.issuer())),
		Detail: "The certificate was signed by " + first.issuer() + ", which is none of the public authorities that sign Microsoft's. Something between this server and Azure reads the traffic; " +
			"Site Recovery and the backup agent check certificates and do not work through that. Seen at: " + hostList(foreign) + ".",
		Remedy: inspectionRemedy(first.host),
	}
	for i, c := range foreign {
		if i < maxShown {
			f.Evidence = append(f.Evidence, c.legMember(p, c.leg, "cert_issuer", c.tls.CertIssuer))
		}
	}
	if i := slices.IndexFunc(foreign, seenChain.refused); i >= 0 {
		f.Severity = abi.Critical
		f.Detail += " This machine does not trust it: connections fail."
		f.Evidence = append(f.Evidence, foreign[i].legMember(p, foreign[i].leg, "cert_problems", foreign[i].tls.CertProblems))
	}
	if words, at := certificateErrors(p); words != "" {
		f.Severity = abi.Critical
		f.Detail += " " + words
		f.Evidence = append(f.Evidence, at)
	}
	report(p, f)
}

// certificateErrors looks for connections of the backup agent that fail because
// of a certificate, and go on failing.
func certificateErrors(p *check.Pass) (string, abi.Evidence) {
	t := p.Follow(check.Following{Scans: []string{asrlogs.EngineCodes}, Retry: engineRetry, Keep: func(h scan.Hit) bool {
		return causeOf(h.Text).key == causeTLS
	}})
	if t.State != abi.StateOngoing {
		return "", abi.Evidence{}
	}
	return "The backup agent fails because of it: " + times(t.Count) + " since " + p.Clock(t.First) + " (0x80072f8f).", check.At(t.Newest())
}

func hostList(list []seenChain) string {
	var hosts []string
	for _, c := range list {
		if !slices.Contains(hosts, c.host) {
			hosts = append(hosts, c.host)
		}
	}
	if len(hosts) > maxShown {
		return strings.Join(hosts[:maxShown], ", ") + " and " + itoa(len(hosts)-maxShown) + " more"
	}
	return strings.Join(hosts, ", ")
}

// commonName is the CN of a subject, else all of it.
func commonName(subject string) string {
	for _, part := range strings.Split(subject, ",") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(part), "CN="); ok {
			return name
		}
	}
	return subject
}

func inspectionRemedy(host string) []string {
	c, ok := cloudOf(host)
	if !ok {
		c = clouds()[0]
	}
	return []string{
		"On the firewall or proxy that this issuer belongs to, exempt the hosts of " + c.name + " from TLS inspection: " + strings.Join(c.allow, ", ") + ".",
		"Look at the certificate again: `curl.exe -v https://" + host + "/` names its issuer, which must be Microsoft or DigiCert.",
		"Restart the backup agent, so that it tries again at once: `net stop obengine & net start obengine`. This interrupts uploads to Azure of all machines until it runs again.",
	}
}
