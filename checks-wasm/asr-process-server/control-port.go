package main

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed control-port.md
var controlPortDoc string

// The port of the control channel, and names of probes at it.
const (
	controlPortNumber     = "443"
	probeControlPort      = "control-port"
	probeControlPortLocal = "control-port-local"
)

func controlPort() *check.Check {
	return &check.Check{
		ID: "control-port", Title: "Control port 443 is the RCM proxy's", Doc: controlPortDoc, URL: applianceArticle, Since: firstVersion,
		Article: []string{"beyond the article"}, Roles: roles(), OS: systems(), Deployments: onAppliance(), Severities: []abi.Severity{abi.Info, abi.Critical},
		Inputs: []abi.Input{check.Fact("probes"), check.OptionalFact("registry"), check.OptionalFact("connections"), check.OptionalFact("time")},
		// What is bound there in the proxy's place has the port's own subject: that keeps the service down, not the reverse.
		ExplainedBy: []abi.Cause{{Check: "services-running", SameSubject: true}, {Check: "time-sync"}},
		Run:         ofAppliance(runControlPort),
	}
}

// controlFault is one thing that is wrong at the control port, and where.
type controlFault struct {
	key, subject, title, why string
	hosts                    []string
	at                       []abi.Evidence
}

func runControlPort(p *check.Pass) error {
	probes, err := check.Load[bundles.Probes](p, "probes")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	attempts := slices.DeleteFunc(attemptsOf(&probes), func(a attempt) bool {
		named := a.Name == probeControlPort || a.Name == probeControlPortLocal
		return a.viaProxy() || a.Origin == originFlag || !named && (a.Name != "" || a.port != controlPortNumber || !isOwn(nil, a.host))
	})
	if len(attempts) == 0 {
		reason, more := notProbed(p, "the control port "+controlPortNumber)
		p.Insufficient(reason, more)
		return nil
	}
	var faults []*controlFault
	whole, bare := 0, ""
	for _, a := range attempts {
		p.Exhibit(pathExhibit("Control port "+a.Target+", tried from this machine", a.Probe))
		f, unsure := controlFaultOf(p, a)
		switch {
		case unsure != "":
			bare = a.Target + ": " + unsure
		case f == nil:
			whole++
		default:
			faults = addControlFault(faults, f)
		}
	}
	for _, f := range faults {
		reportControlFault(p, f, whole > 0 && !slices.ContainsFunc(f.hosts, func(h string) bool { return !isOwn(nil, h) }))
	}
	switch {
	case bare != "":
		p.Insufficient("the port answers, but whose certificate it has is not known: "+bare, ask("tries the control port", "--quick"))
	case len(faults) == 0:
		p.Pass(check.Count(int64(whole), "own address shakes", "own addresses shake") + " hands on 443 with a certificate that nobody else has signed, as the RCM proxy's; tried from this machine, which says nothing about firewalls between")
	}
	return nil
}

// addControlFault puts faults of several addresses together.
func addControlFault(list []*controlFault, f *controlFault) []*controlFault {
	for _, g := range list {
		if g.key == f.key {
			g.hosts, g.at = append(g.hosts, f.hosts...), append(g.at, f.at...)
			return list
		}
	}
	return append(list, f)
}

// controlFaultOf says what is wrong with one answer; nil when nothing is. unsure is
// why that could not be told. The RCM proxy's certificate is pinned by its
// fingerprint and signed by itself: one that somebody else has signed is not it.
func controlFaultOf(p *check.Pass, a attempt) (f *controlFault, unsure string) {
	i, tls := a.leg(legTLS)
	switch {
	case i < 0 && a.broken >= 0 && a.Legs[a.broken].Status == "refused":
		return &controlFault{"no-listener", svcControl, "refuses connections: nothing listens", "The service rcmproxyagent should have the port.", []string{a.host}, []abi.Evidence{a.proof(p)}}, ""
	case i < 0 && a.broken >= 0:
		return &controlFault{"connect", svcControl, "does not answer: " + legEnd(a.Legs[a.broken]), "The service rcmproxyagent should answer." + errorWords(a.Legs[a.broken]), []string{a.host}, []abi.Evidence{a.proof(p)}}, ""
	case i < 0:
		return nil, "no TLS handshake was tried"
	case tls.Status != "ok":
		return &controlFault{"tls", controlPortNumber, "does not shake hands: " + legEnd(tls), "A connection stands, but no encrypted one comes about." + errorWords(tls), []string{a.host}, []abi.Evidence{a.legProof(p, i)}}, ""
	case tls.CertSubject == "" || tls.CertIssuer == "":
		return nil, "the collector did not see the certificate"
	case tls.CertIssuer != tls.CertSubject || tls.CertVerified != nil && *tls.CertVerified:
		return &controlFault{
			"foreign-certificate", controlPortNumber, "shows a foreign certificate: " + clip(commonName(tls.CertSubject)),
			"It was signed by " + clip(commonName(tls.CertIssuer)) + "; the RCM proxy signs its own, and source machines know it by its fingerprint. Another site was bound to the port, or something between opens TLS." + ownerWords(p),
			[]string{a.host},
			[]abi.Evidence{a.legMember(p, i, "cert_subject", tls.CertSubject), a.legMember(p, i, "cert_issuer", tls.CertIssuer)},
		}, ""
	case tls.CertNotAfter != nil && !clockIsWrong(p) && !tls.CertNotAfter.After(p.Now):
		return &controlFault{
			"expired", controlPortNumber, "shows a certificate that expired " + check.Span(p.Now.Sub(*tls.CertNotAfter)) + " ago", "The RCM proxy did not renew it.",
			[]string{a.host},
			[]abi.Evidence{a.legMember(p, i, "cert_not_after", *tls.CertNotAfter)},
		}, ""
	}
	return nil, ""
}

// clockIsWrong reports whether expiry cannot be judged by the machine's clock.
func clockIsWrong(p *check.Pass) bool {
	clock := optional[bundles.Time](p, "time")
	return clock != nil && clock.OffsetSeconds != nil && check.Seconds(*clock.OffsetSeconds).Abs() > maxClockError
}

// ownerWords names the program that listens, when it is not the proxy.
func ownerWords(p *check.Pass) string {
	conns := optional[bundles.Connections](p, "connections")
	if conns == nil {
		return ""
	}
	for _, c := range conns.Items {
		if slices.Contains(c.States, "LISTEN") && strings.HasSuffix(c.Local, ":"+controlPortNumber) && c.Process != "" {
			return " " + c.Process + " listens there."
		}
	}
	return ""
}

// reportControlFault reports a fault. One of the machine's loopback alone, while
// its other address answers as it should, is none of the sources'.
func reportControlFault(p *check.Pass, f *controlFault, onlyLocal bool) {
	where := " (" + strings.Join(f.hosts, " and ") + ")"
	out := check.Finding{
		Subject: f.subject, Key: f.key, Severity: abi.Critical, State: abi.StateOngoing, Evidence: f.at,
		Title:  "Control port 443 " + f.title + where,
		Detail: "All source machines have their control channel here: without it they get no settings and no commands. " + f.why + " Tried from this machine, which says nothing about firewalls between it and the source machines.",
		Remedy: controlRemedy(f.key),
	}
	if onlyLocal {
		out.Severity, out.Remedy = abi.Info, nil
		out.Title = "Control port 443 works, but on the machine's loopback " + f.title + where
		out.Detail += " Source machines use the other address, which answers as it should."
	}
	report(p, out)
}

func controlRemedy(key string) []string {
	look := "See who has the port: `Get-NetTCPConnection -LocalPort 443 -State Listen | Select-Object LocalAddress,OwningProcess`, and which certificate: `netsh http show sslcert`."
	restart := "Restart the proxy: `Restart-Service rcmproxyagent`, and Microsoft Azure RCM Proxy Management Service in Services (services.msc). It interrupts the control channel of all source machines for some seconds."
	switch key {
	case "foreign-certificate":
		return []string{
			look, "Take the foreign site or program off the port: in IIS Manager remove its binding to 443, or `netsh http delete sslcert ipport=0.0.0.0:443` if the binding is not the proxy's. No other site may hold 443 on an appliance.",
			restart, "If only other machines see the foreign certificate, exempt this address from TLS inspection on what lies between.",
		}
	case "expired":
		return []string{"Update the proxy component of the appliance with the configuration manager, https://localhost:44368.", restart, "Wait an hour; source machines that still refuse it need a new configuration file and must be registered again."}
	}
	return []string{"Check that the proxy runs: `sc.exe query rcmproxyagent`; start it: `net start rcmproxyagent`.", look, restart}
}
