package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// dataPortAttempt finds the attempt at the data port on a host. Of several one
// that got a certificate counts.
func dataPortAttempt(p *check.Pass, host, port string) (attempt, bool) {
	var found attempt
	ok := false
	for _, a := range attemptsOf(optional[bundles.Probes](p, "probes")) {
		if a.viaProxy() || a.port != port || !strings.EqualFold(a.host, strings.Trim(host, "[]")) {
			continue
		}
		if i, leg := a.leg(legTLS); !ok || i >= 0 && leg.Status == "ok" {
			found, ok = a, true
		}
	}
	return found, ok
}

// ownCertificate is the SHA-256 of the certificate that the data port should
// show, or why it is not known.
func ownCertificate(p *check.Pass) (sha256, why string) {
	certs := optional[bundles.Certificates](p, "certificates")
	if certs == nil {
		reason, _ := p.Missing("facts/**/certificates.json")
		return "", "ps.crt was not read: " + reason
	}
	i := certificateNamed(*certs, certPS)
	switch {
	case i < 0:
		return "", "ps.crt was not asked for"
	case certs.Items[i].Error != "":
		return "", "ps.crt: " + certs.Items[i].Error
	case !certs.Items[i].Exists:
		return "", "ps.crt was not found"
	}
	return strings.ToLower(certs.Items[i].SHA256), "ps.crt has no fingerprint in the bundle"
}

// localCertificate is the SHA-256 of what the data port shows on this machine.
func localCertificate(p *check.Pass, port string) string {
	for _, a := range attemptsOf(optional[bundles.Probes](p, "probes")) {
		if a.Name != probeDataPortLocal || a.port != port {
			continue
		}
		_, leg := a.leg(legTLS)
		return leg.CertSHA256
	}
	return ""
}

// Names of certificates, as the collector's profile has them.
const (
	certPS           = "ps"
	certVault        = "vault"
	certRegistration = "vault-registration"
)

func certificateNamed(certs bundles.Certificates, name string) int {
	return slices.IndexFunc(certs.Items, func(c bundles.Certificate) bool { return c.Name == name })
}
