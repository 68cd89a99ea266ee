package main

import (
	_ "embed"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed proxy-scheme.md
var proxySchemeDoc string

func proxyScheme() *check.Check {
	return &check.Check{
		ID: "proxy-scheme", Title: "Proxy is given as http", Doc: proxySchemeDoc,
		URL: article + "#step-12-verify-process-server-proxy-settings", Since: firstVersion,
		Roles: roles(), OS: systems(), Deployments: withAppliances(), Severities: []abi.Severity{abi.Info, abi.Critical},
		Inputs: []abi.Input{check.Fact("registry"), check.OptionalFact("config"), check.OptionalFact("cache")},
		Worked: workedAzure,
		Run:    ours(runProxyScheme),
	}
}

// proxyPlace is a place that has a proxy's address, as it is written.
type proxyPlace struct {
	key, what string
	text      string
	at        abi.Evidence
}

func runProxyScheme(p *check.Pass) error {
	reg, err := check.Load[bundles.Registry](p, "registry")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	own, why := ownProxy(p, reg)
	if !own.known {
		p.Insufficient(why, askElevated("the registry"))
		return nil
	}
	places := proxyPlaces(p, reg)
	found := false
	for _, place := range places {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(place.text)), "https://") {
			found = true
			report(p, worksNow(p, schemeFinding(p, place)))
		}
	}
	switch {
	case found:
	case len(places) == 0 && configWhole(p):
		p.NotApplicable("no proxy is set")
	default:
		passUnlessBlind(p, "no proxy is given as https://", "config")
	}
	return nil
}

func configWhole(p *check.Pass) bool {
	_, ok := p.Unread("config")
	return ok
}

func proxyPlaces(p *check.Pass, reg bundles.Registry) []proxyPlace {
	var list []proxyPlace
	if i, key := keyAt(&reg, proxyKey); i >= 0 {
		if n, text := registryValue(key, "ProxyAddress"); n >= 0 && text != "" {
			list = append(list, proxyPlace{"registry", "Site Recovery", text, valueAt(p, i, n, key.Values[n].Data)})
		}
	}
	for _, c := range []struct{ file, key, what string }{
		{"backup-agent", "ProxyServer", "the backup agent"},
		{"proxy-info", "Address", "the agents of this server"},
		{applianceFile, "IpAddress", "the appliance"},
		{processServerFile, "IpAddress", "the process server"},
	} {
		if text, at, ok := configAt(p, c.file, c.key); ok && text != "" {
			list = append(list, proxyPlace{c.file, c.what, text, at})
		}
	}
	return list
}

func schemeFinding(p *check.Pass, place proxyPlace) check.Finding {
	plain := strings.TrimSpace(place.text)
	if len(plain) > len("https://") {
		plain = plain[len("https://"):]
	}
	f := check.Finding{
		Subject: place.what, Key: place.key, Severity: abi.Critical, State: abi.StateOngoing,
		Title:  "Proxy of " + place.what + " is given as https://" + clip(plain) + ", which is not supported",
		Detail: "Site Recovery and the backup agent speak plain HTTP with a proxy and let it connect them (CONNECT); an address with https:// is not supported, and what goes through it fails. What is sent through the proxy is encrypted all the same.",
		Remedy: []string{
			"Write the proxy as http:// with its port: http://" + plain + ". On the configuration server: cspsconfigtool.exe; see the value: `reg query \"HKLM\\SOFTWARE\\Microsoft\\Azure Site Recovery\\ProxySettings\"`.",
			"Ensure that the backup agent has the same: open Microsoft Azure Backup, Action > Change Properties > Proxy Configuration; or `Set-OBMachineSetting -ProxyServer http://HOST -ProxyPort PORT`.",
			"Restart the backup agent: `net stop obengine & net start obengine`. This interrupts uploads to Azure of all machines until it runs again.",
		},
		Evidence: []abi.Evidence{place.at},
	}
	if isModern(p) {
		f.Remedy[0] = "Write the proxy as http:// with its port: http://" + plain + ". " + applianceProxyStep
	}
	return f
}
