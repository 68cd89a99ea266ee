package main

import (
	_ "embed"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed tls-protocol.md
var tlsProtocolDoc string

// Registry keys of what encrypted connections may use.
const (
	schannelKey = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\`
	dotnetKey   = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	dotnetKey32 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
)

func tlsProtocol() *check.Check {
	return &check.Check{
		ID: "tls-protocol", Title: "TLS 1.2 is on for outgoing connections", Doc: tlsProtocolDoc, Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Info, abi.Critical},
		Inputs: []abi.Input{check.Fact("registry"), check.OptionalFact("cache"), check.OptionalFact("config")},
		Worked: workedAzure,
		Run:    ours(runTLSProtocol),
	}
}

// protocol is what the registry says of one version for outgoing connections.
type protocol struct {
	known bool
	off   bool // disabled, or disabled by default
	at    abi.Evidence
	value string // that switches it off
}

func protocolOf(p *check.Pass, reg *bundles.Registry, version string) protocol {
	i, key := keyAt(reg, schannelKey+version+`\Client`)
	if i < 0 || key.Error != "" {
		return protocol{}
	}
	for _, v := range []struct {
		name string
		off  func(string) bool
	}{
		{"Enabled", func(text string) bool { return text == "0" }},
		{"DisabledByDefault", func(text string) bool { return text != "0" }},
	} {
		if n, text := registryValue(key, v.name); n >= 0 && v.off(text) {
			return protocol{known: true, off: true, at: valueAt(p, i, n, key.Values[n].Data), value: v.name + " = " + text}
		}
	}
	return protocol{known: true}
}

func runTLSProtocol(p *check.Pass) error {
	reg, err := check.Load[bundles.Registry](p, "registry")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	tls12 := protocolOf(p, &reg, "TLS 1.2")
	weak, known := weakCrypto(p, &reg)
	if tls12.off {
		report(p, worksNow(p, tlsOff(tls12)))
	}
	if len(weak) > 0 {
		report(p, worksNow(p, cryptoOff(weak)))
	}
	unchecked := reportUnchecked(p)
	switch {
	case tls12.off || len(weak) > 0:
	case !tls12.known || !known:
		p.Insufficient("what SCHANNEL and .NET may use was not read in full", askElevated("the registry"))
	case p.Deployment == bundles.DeployAppliance && !unchecked && optional[bundles.Config](p, "config") == nil:
		p.Insufficient("nothing switches TLS 1.2 off; whether the process server checks certificates was not read", askElevated("settings of the appliance"))
	default:
		p.Pass("nothing switches TLS 1.2 off for outgoing connections")
	}
	return nil
}

// reportUnchecked tells of a process server that takes any certificate for Azure's:
// information, since nothing fails of it.
func reportUnchecked(p *check.Pass) bool {
	text, at, ok := configAt(p, "process-server", "DisableRcmSslCertCheck")
	if !ok || !saysYes(text) {
		return false
	}
	p.Report(check.Finding{
		Subject: "DisableRcmSslCertCheck", Key: "unchecked", Severity: abi.Info, State: abi.StateOngoing, Evidence: []abi.Evidence{at},
		Title:  "Process server does not check the certificate of its service in Azure",
		Detail: "DisableRcmSslCertCheck is set in ProcessServer.conf, which setup does not do: whoever opens TLS on the way can read and change what the appliance is told, and nothing shows it.",
		Remedy: []string{
			"Set DisableRcmSslCertCheck to false in `C:\\Program Files\\Microsoft Azure Site Recovery Process Server\\home\\svsystems\\etc\\ProcessServer.conf`.",
			"Restart the service: `Restart-Service ProcessServer`. It interrupts health reports for a minute, not replication.",
			"If it loses its connection then, exempt Azure's hosts from TLS inspection instead.",
		},
	})
	return true
}

// weakCrypto finds .NET told to do without strong cryptography where the versions
// that it then falls back to are switched off. These matter only then.
func weakCrypto(p *check.Pass, reg *bundles.Registry) (at []abi.Evidence, known bool) {
	older := []protocol{protocolOf(p, reg, "TLS 1.0"), protocolOf(p, reg, "TLS 1.1")}
	known = true
	for _, name := range []string{dotnetKey, dotnetKey32} {
		i, key := keyAt(reg, name)
		known = known && i >= 0 && key.Error == ""
		n, strong := registryValue(key, "SchUseStrongCrypto")
		_, system := registryValue(key, "SystemDefaultTlsVersions")
		if n >= 0 && strong == "0" && (system == "" || system == "0") {
			at = append(at, valueAt(p, i, n, key.Values[n].Data))
		}
	}
	switch {
	case len(at) == 0:
		return nil, known
	case !older[0].off || !older[1].off:
		return nil, known && older[0].known && older[1].known
	}
	return append(at, older[0].at, older[1].at), known
}

func tlsOff(tls12 protocol) check.Finding {
	return check.Finding{
		Subject: "TLS 1.2", Key: "tls12-off", Severity: abi.Critical, State: abi.StateOngoing,
		Title:  "TLS 1.2 is switched off for outgoing connections (" + tls12.value + ")",
		Detail: "Azure accepts TLS 1.2 and newer only. Without it neither sign-in nor uploads to Azure come about.",
		Remedy: []string{
			"Switch TLS 1.2 on: `reg add \"" + schannelKey + `TLS 1.2\Client" /v Enabled /t REG_DWORD /d 1 /f` + "` and " +
				"`reg add \"" + schannelKey + `TLS 1.2\Client" /v DisabledByDefault /t REG_DWORD /d 0 /f` + "`. Where a policy sets them, change the policy.",
			"Restart the server: it reads these settings when it starts. This interrupts replication of all its machines until it is up again; they catch up by themselves.",
		},
		Evidence: []abi.Evidence{tls12.at},
	}
}

func cryptoOff(at []abi.Evidence) check.Finding {
	return check.Finding{
		Subject: ".NET", Key: "weak-crypto", Severity: abi.Critical, State: abi.StateOngoing,
		Title:  ".NET does without strong cryptography, and TLS 1.0 and 1.1 are switched off",
		Detail: "With SchUseStrongCrypto = 0 programs of .NET Framework offer TLS 1.0 only, which this machine does not allow: they cannot connect to anything. The process server's services are such programs.",
		Remedy: []string{
			"Switch strong cryptography on, for 64-bit and 32-bit programs: `reg add \"" + dotnetKey + "\" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f` and `reg add \"" + dotnetKey32 + "\" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f`.",
			"Restart the services of the process server, or the server: `Restart-Service ProcessServer,ProcessServerMonitor`. This interrupts the heartbeat and the monitoring for some seconds.",
		},
		Evidence: at,
	}
}
