package main

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed certificate-expiry.md
var certificateExpiryDoc string

// Limits of a certificate's life.
const (
	renewBefore = 30 * 24 * time.Hour
	// maxClockError is how wrong a clock may be that expiry is judged by.
	maxClockError = 24 * time.Hour
)

func certificateExpiry() *check.Check {
	return &check.Check{
		ID: "certificate-expiry", Title: "Certificates are valid for over 30 days", Doc: certificateExpiryDoc, Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs: []abi.Input{check.Fact("certificates"), check.OptionalFact("probes"), check.OptionalFact("time"), check.OptionalFact("registry"), check.OptionalFact("config")},
		Run:    ours(runCertificateExpiry),
	}
}

// usedCertificate is one that replication depends on.
type usedCertificate struct {
	key, what string
	sha256    string
	subject   string
	notAfter  time.Time
	at        abi.Evidence
}

func runCertificateExpiry(p *check.Pass) error {
	certs, err := check.Load[bundles.Certificates](p, "certificates")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	clock := optional[bundles.Time](p, "time")
	if clock != nil && clock.OffsetSeconds != nil && check.Seconds(*clock.OffsetSeconds).Abs() > maxClockError {
		p.Insufficient("the clock is off by "+check.Span(check.Seconds(*clock.OffsetSeconds).Abs())+", so that expiry cannot be judged: see time-sync", nil)
		return nil
	}
	list, unread := usedCertificates(p, certs)
	found := false
	for _, c := range list {
		found = c.report(p) || found
	}
	switch {
	case len(unread) > 0:
		p.Insufficient("not seen: "+strings.Join(unread, "; "), askElevated("certificates"))
	case len(list) == 0:
		p.Insufficient("no certificate of the process server was found", askElevated("certificates"))
	case found:
	case slices.ContainsFunc(list, func(c usedCertificate) bool { return c.key == probeConfigServer }):
		p.Pass(soonest(list))
	default: // which server is the configuration server may be what was not read
		passUnlessBlind(p, soonest(list), "config")
	}
	return nil
}

// usedCertificates lists each certificate once, and says which could not be seen.
func usedCertificates(p *check.Pass, certs bundles.Certificates) (list []usedCertificate, unread []string) {
	add := func(c usedCertificate, why string) {
		switch {
		case why != "":
			unread = append(unread, why)
		case c.notAfter.IsZero():
		case c.sha256 == "" || !hasCertificate(list, c.sha256):
			list = append(list, c)
		}
	}
	add(storedCertificate(p, certs, certPS, "process server's certificate (ps.crt)"))
	add(vaultCertificate(p, certs))
	ports := dataPortAttempts(p, optional[bundles.Probes](p, "probes"), dataPort(p))
	add(shownCertificate(p, probeDataPort, "certificate that the data port shows", func(a attempt) bool {
		return slices.ContainsFunc(ports, func(b attempt) bool { return a.item == b.item })
	}))
	if p.Deployment != bundles.DeployAppliance {
		add(shownCertificate(p, probeConfigServer, "configuration server's certificate", configServerAttempt(p)))
	}
	return list, unread
}

func hasCertificate(list []usedCertificate, sha256 string) bool {
	for _, c := range list {
		if strings.EqualFold(c.sha256, sha256) {
			return true
		}
	}
	return false
}

// storedCertificate takes one from the certificates fact; one that is not there
// is none.
func storedCertificate(p *check.Pass, certs bundles.Certificates, name, what string) (usedCertificate, string) {
	var used usedCertificate
	for i, c := range certs.Items {
		switch {
		case c.Name != name:
		case c.Error != "":
			return used, what + ": " + c.Error
		case c.Exists && c.NotAfter != nil && c.NotAfter.After(used.notAfter):
			used = usedCertificate{name, what, c.SHA256, c.Subject, *c.NotAfter, p.At("certificates", check.Item(i, "not_after"), *c.NotAfter)}
		}
	}
	return used, ""
}

// vaultCertificate is the one by which the vault knows the backup agent. Where
// its thumbprint is not known it is the newest of those that registrations left.
func vaultCertificate(p *check.Pass, certs bundles.Certificates) (usedCertificate, string) {
	const what = "vault's certificate of the backup agent"
	used, why := storedCertificate(p, certs, certVault, what)
	if why != "" || !used.notAfter.IsZero() {
		return used, why
	}
	return storedCertificate(p, certs, certRegistration, what)
}

// shownCertificate takes what a server showed to the collector. One that was not
// asked for, or that did not answer, shows none.
func shownCertificate(p *check.Pass, key, what string, is func(attempt) bool) (usedCertificate, string) {
	if src, ok := p.Bundle.Source("probes"); ok && src.Status != bundles.StatusOK {
		why, _ := p.Missing("facts/**/probes.json")
		if why != "" {
			return usedCertificate{}, what + ": " + why
		}
	}
	for _, a := range attemptsOf(optional[bundles.Probes](p, "probes")) {
		i, leg := a.leg(legTLS)
		if i < 0 || leg.CertNotAfter == nil || !is(a) {
			continue
		}
		return usedCertificate{key, what + " at " + a.Target, leg.CertSHA256, leg.CertSubject, *leg.CertNotAfter, a.legMember(p, i, "cert_not_after", *leg.CertNotAfter)}, ""
	}
	return usedCertificate{}, ""
}

// configServerAttempt tells attempts at the configuration server: by their name,
// or by where they went.
func configServerAttempt(p *check.Pass) func(attempt) bool {
	server, port := configValue(p, "amethyst", "PS_CS_IP"), configValue(p, "amethyst", "PS_CS_PORT")
	if port == "" {
		port = "443"
	}
	return func(a attempt) bool {
		there := server != "" && strings.EqualFold(a.host, strings.Trim(server, "[]")) && a.port == port
		return !a.viaProxy() && (a.Name == probeConfigServer && a.Origin != originFlag || there)
	}
}

func soonest(list []usedCertificate) string {
	first := list[0]
	for _, c := range list {
		if c.notAfter.Before(first.notAfter) {
			first = c
		}
	}
	return check.Count(int64(len(list)), "certificate", "certificates") + " seen; the first to end is the " + first.what + ", on " + first.notAfter.UTC().Format(time.DateOnly)
}

func (c usedCertificate) report(p *check.Pass) bool {
	left := c.notAfter.Sub(p.Now)
	if left > renewBefore {
		return false
	}
	f := check.Finding{
		Subject: c.subject, Key: c.key, Severity: abi.Warning, State: abi.StateOngoing, Remedy: certificateRemedy(c.key), Evidence: []abi.Evidence{c.at},
		Title:  capital(c.what) + " expires in " + check.Span(left) + " (limit 30 d)",
		Detail: "It is valid until " + p.Clock(c.notAfter) + ". " + whyCertificate(c.key),
		Measure: &abi.Measure{
			Metric: "certificate.remaining", Value: left.Seconds(), Op: "<=", Limit: renewBefore.Seconds(), Unit: "s", LimitSource: "Azure Site Recovery: warning 30 days before the end",
		},
	}
	if left <= 0 {
		f.Severity, f.Title = abi.Critical, capital(c.what)+" expired "+check.Span(-left)+" ago"
		f.Detail = "It was valid until " + p.Clock(c.notAfter) + ". " + whyCertificate(c.key)
		f.Measure.Limit = 0
	}
	f.Detail += " Measured: the certificate's own dates, against the machine's clock at the end of the collection."
	report(p, f)
	return true
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func whyCertificate(key string) string {
	switch key {
	case probeConfigServer:
		return "Process servers and source machines refuse a configuration server whose certificate has expired: the heartbeat ends, and no settings arrive."
	case certVault, certRegistration:
		return "The vault refuses the backup agent when it has expired: uploads to Azure end."
	}
	return "Source machines refuse to upload when it has expired."
}

func certificateRemedy(key string) []string {
	switch key {
	case probeConfigServer:
		return []string{
			"In the vault open Site Recovery Infrastructure > Configuration Servers, select the configuration server, and select Renew Certificates.",
			"If it has expired already, renew it there by hand, then register each process server again with the passphrase (cspsconfigtool.exe). This restarts their services and interrupts uploads for a few minutes.",
		}
	case certVault, certRegistration:
		return []string{
			"Download new vault credentials: in the vault, Site Recovery Infrastructure > Configuration Servers > the server > Download registration key.",
			"Register the server with them again: cspsconfigtool.exe, tab Vault Registration. This interrupts uploads to Azure until it is done.",
		}
	}
	return []string{
		"In the vault open Site Recovery Infrastructure > Configuration Servers, select the configuration server, and select Renew Certificates, which renews those of its process servers as well.",
		"If it has expired already, register this process server again with the configuration server's passphrase: cspsconfigtool.exe. It makes a new certificate and restarts the services, which interrupts uploads for a few minutes.",
		"See the new date: `certutil -dump \"C:\\ProgramData\\Microsoft Azure Site Recovery\\certs\\ps.crt\" | findstr NotAfter`.",
	}
}
