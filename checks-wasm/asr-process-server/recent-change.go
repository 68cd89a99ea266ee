package main

import (
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

func recentChange() *check.Check {
	return hostcheck.RecentChange(hostcheck.RecentChangeOptions{
		Roles: roles(), OS: systems(), Since: firstVersion, Keys: changingKeys(),
		Files: []hostcheck.Place{
			{Key: "version", Name: "The product's version", Path: "/svsystems/etc/version"},
			{Key: "cxps-exe", Name: "cxps.exe", Path: "/transport/cxps.exe"},
			{Key: "ps-certificate", Name: "The data port's certificate", Path: "/certs/ps.crt"},
		},
		Failures: []string{
			asrlogs.EventRequestFailed, asrlogs.EventTLSRefused, asrlogs.EventSecretMissing, asrlogs.TmansvcChildDied, asrlogs.TmansvcNoChild,
			asrlogs.ServerRegister, asrlogs.ServerCSCertificate, asrlogs.ServerUploadBlocked, asrlogs.ServerCumulative,
			asrlogs.XferCumulative, asrlogs.CxpsWriteError, asrlogs.CxpsCertificate, asrlogs.CxpsNonceExpired,
			asrlogs.EngineAttempt, asrlogs.EngineCodes, asrlogs.EngineResult, asrlogs.SystemCrash,
		},
	})
}

// changingKeys are those whose last write tells of a change: not those that the
// system or the product writes by itself all day.
func changingKeys() []hostcheck.Place {
	const microsoft, system = `HKLM\SOFTWARE\Microsoft\`, `HKLM\SYSTEM\CurrentControlSet\`
	return []hostcheck.Place{
		{Key: microsoft + `Azure Site Recovery\ProxySettings`, Name: "ProxySettings"},
		{Key: registrationKey, Name: "The registration with the vault"},
		{Key: productKey, Name: "The server's installation"},
		{Key: agentKey, Name: "The agent's installation"},
		{Key: dependenciesKey, Name: "The dependencies' installation"},
		{Key: processServerKey, Name: "The process server's settings"},
		{Key: applianceKey, Name: "The appliance's settings"},
		{Key: `HKLM\SOFTWARE\Wow6432Node\SV Systems`, Name: "The agent's identity"},
		{Key: microsoft + `Windows Azure Backup\Setup`, Name: "The backup agent's installation"},
		{Key: vaultKey, Name: "The backup agent's registration"},
		{Key: microsoft + `Windows Azure Backup\Replication`, Name: "The backup agent's threads"},
		{Key: `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "SYSTEM's proxy"},
		{Key: `HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "The proxy by policy"},
		{Key: system + `Services\W32Time\Parameters`, Name: "The time service's settings"},
		{Key: `HKLM\SOFTWARE\Policies\Microsoft\W32Time\Parameters`, Name: "The time service's policy"},
		{Key: system + `Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: "TLS 1.2 of clients"},
		{Key: system + `Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.3\Client`, Name: "TLS 1.3 of clients"},
		{Key: `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, Name: "The policy of cipher suites"},
		{Key: microsoft + `Windows\CurrentVersion\Internet Settings\WinHttp`, Name: "WinHTTP's protocols"},
		{Key: microsoft + `.NETFramework\v4.0.30319`, Name: ".NET's cryptography"},
		{Key: `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`, Name: ".NET's cryptography (32 bits)"},
		{Key: system + `Control\Lsa\FipsAlgorithmPolicy`, Name: "The FIPS policy"},
	}
}
