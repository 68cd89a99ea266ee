package main

import (
	_ "embed"
	"fmt"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed cs-trust.md
var csTrustDoc string

// trustFault is one way in which the two servers do not trust one another.
type trustFault struct {
	key, title, why string
	scans           []string
}

func trustFaults() []trustFault {
	return []trustFault{
		{
			"certificate", "Configuration server's certificate is refused",
			"The certificate that it shows is not the one whose fingerprint this server keeps: it was renewed, the address leads to another machine, or something in between inspects TLS.",
			[]string{asrlogs.ServerCSCertificate, asrlogs.EventTLSRefused, asrlogs.AgentPeerRefused},
		},
		{
			"secret", "Passphrase or fingerprint of the configuration server cannot be read",
			"The files that setup leaves in C:\\ProgramData\\Microsoft Azure Site Recovery\\private and fingerprints are missing or cannot be read.",
			[]string{asrlogs.EventSecretMissing},
		},
		{
			"passphrase", "Configuration server has a new passphrase, this server the old one",
			"The passphrase was generated anew on the configuration server (event EPH00021), and signed requests of this server are refused.",
			[]string{asrlogs.ServerPassphrase},
		},
	}
}

func trustScans() []string {
	var ids []string
	for _, f := range trustFaults() {
		ids = append(ids, f.scans...)
	}
	return ids
}

func csTrust() *check.Check {
	use := asrlogs.Use(trustScans()...)
	return &check.Check{
		ID: "cs-trust", Title: "Configuration server is trusted", Doc: csTrustDoc,
		URL: article + "#step-3-check-the-process-server-heartbeat", Since: firstVersion, Article: []string{"step 3", "error 806"},
		Roles: roles(), OS: systems(), Deployments: classicDeployments(), Severities: allSeverities(),
		Inputs:  append(use.Inputs, check.OptionalFact("files"), check.OptionalFact("config"), check.OptionalFact("probes")),
		Formats: use.Formats, Scans: use.Scans,
		ExplainedBy: []abi.Cause{{Check: "time-sync"}},
		Worked:      workedHeartbeat,
		Run:         runCSTrust,
	}
}

func runCSTrust(p *check.Pass) error {
	answer := settingsOf(optional[bundles.Files](p, "files"))
	found := 0
	for _, f := range trustFaults() {
		t := p.Follow(check.Following{Scans: f.scans, Retry: heartbeatPeriod, Success: answer.mtime, Keep: func(h scan.Hit) bool { return !asrlogs.Lifted(h) }})
		if t.State == "" {
			continue
		}
		found++
		p.ReportTrail(check.Finding{
			Subject: "configuration server", Key: f.key, Severity: abi.Critical, Title: f.title,
			Detail:   f.why + " Without trust there is no heartbeat (error 806) and no new settings. Newest line: " + oneLine(messageOf(t.Newest())) + "." + lastAnswer(p, answer),
			Remedy:   trustRemedy(p),
			Evidence: newestOf(t, 3),
		}, t)
	}
	answerLogs(p, found, "no log says that the configuration server's certificate or passphrase was refused", asrlogs.ServerCSCertificate, asrlogs.EventTLSRefused)
	return nil
}

func lastAnswer(p *check.Pass, s settings) string {
	if !s.known {
		return ""
	}
	return fmt.Sprintf(" Newest answer of the configuration server: %s (PSSettings.json).", p.Clock(s.mtime))
}

func trustRemedy(p *check.Pass) []string {
	server := orElse(configValue(p, "amethyst", "PS_CS_IP"), "CS_ADDRESS")
	return []string{
		fmt.Sprintf("Check that the address is the configuration server's, and look at the certificate that it shows: `Test-NetConnection %s -Port 443`; the check tls-inspection tells whether TLS is inspected.", server),
		`On the configuration server, read its passphrase: ` + "`" + `"C:\ProgramData\ASR\home\svsystems\bin\genpassphrase.exe" -v` + "`" + `.`,
		`On this server, run C:\ProgramData\ASR\home\svsystems\bin\cspsconfigtool.exe, enter address and passphrase, and register again: that renews the fingerprint, too. It restarts the process server's services, which interrupts uploads for minutes.`,
		"Check the clocks of both servers: `w32tm /query /status`.",
	}
}
