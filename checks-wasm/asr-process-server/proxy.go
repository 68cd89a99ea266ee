package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Where Site Recovery keeps its proxy, step 12 of the article.
const proxyKey = `HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings`

// systemProxyKey has the proxy that programs of the SYSTEM account use.
const systemProxyKey = `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`

// proxy is one place's setting, normalised so that equal settings are equal:
// no scheme, lower case, no slash at the end, a port in any case.
type proxy struct {
	known    bool
	host     string // empty: no proxy
	port     string
	bypass   []string   // sorted
	bypassed bool       // bypass is known
	written  *time.Time // last write of the place, nil: not known
	evidence []abi.Evidence
	list     []abi.Evidence // of the bypass list
}

func (p proxy) set() bool { return p.host != "" }

func (p proxy) String() string {
	switch {
	case !p.known:
		return "not read"
	case !p.set():
		return "no proxy"
	}
	return clip(p.host) + ":" + p.port
}

// maxHost is as much of a host as a title shows.
const maxHost = 36

// maxTitle is as long as a title may be.
const maxTitle = 120

// report reports a finding whose title has names in it that others chose.
func report(p *check.Pass, f check.Finding) {
	f.Title = shorten(f.Title, maxTitle)
	p.Report(f)
}

func clip(host string) string { return shorten(host, maxHost) }

func shorten(text string, limit int) string {
	if r := []rune(text); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return text
}

// parseProxy normalises an address with an optional port of its own.
func parseProxy(address, port string) proxy {
	p := proxy{known: true, port: strings.TrimSpace(port)}
	address = oneOfMany(address)
	a := strings.ToLower(strings.TrimSpace(address))
	scheme, rest, ok := strings.Cut(a, "://")
	if !ok {
		scheme, rest = "http", a
	}
	rest, _, _ = strings.Cut(rest, "/")
	if _, after, ok := strings.Cut(rest, "@"); ok {
		rest = after
	}
	p.host = rest
	if host, own, ok := cutPort(rest); ok {
		p.host = host
		if p.port == "" || p.port == "0" {
			p.port = own
		}
	}
	if p.port == "" || p.port == "0" {
		p.port = map[string]string{"https": "443"}[scheme]
	}
	if p.port == "" {
		p.port = "80"
	}
	p.host = strings.TrimSuffix(strings.Trim(p.host, "[]"), ".")
	return p
}

// oneOfMany takes the proxy for https of a list "http=A:80;https=B:443", as
// Windows writes it when schemes have proxies of their own.
func oneOfMany(address string) string {
	for _, entry := range strings.Split(address, ";") {
		if own, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(entry)), "https="); ok {
			return own
		}
	}
	return address
}

// cutPort splits "host:port"; a bare IPv6 address has no port.
func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.Count(s, ":") > 1 && !strings.HasPrefix(s, "[") || strings.HasSuffix(s, "]") {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// bypassList normalises a list of addresses: order and separators do not matter.
func bypassList(s string) []string {
	list := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(";, \t", r) })
	slices.Sort(list)
	return slices.Compact(list)
}

// registryProxy reads Site Recovery's own setting. A key that does not exist
// means no proxy.
func registryProxy(reg bundles.Registry, p *check.Pass) (proxy, string) {
	k := slices.IndexFunc(reg.Items, func(k bundles.RegistryKey) bool { return strings.EqualFold(k.Key, proxyKey) })
	switch {
	case k < 0:
		return proxy{}, "the registry key ProxySettings was not read"
	case reg.Items[k].Error != "":
		return proxy{}, "the registry key ProxySettings: " + reg.Items[k].Error
	case !reg.Items[k].Exists:
		none := []abi.Evidence{p.At("registry", check.Item(k, "exists"), false)}
		return proxy{known: true, bypassed: true, evidence: none, list: none}, ""
	}
	key := reg.Items[k]
	at := func(name string) (string, []abi.Evidence) {
		i, text := registryValue(key, name)
		if i < 0 {
			return "", nil
		}
		return text, []abi.Evidence{p.At("registry", check.Item(k, fmt.Sprintf("values/%d/data", i)), key.Values[i].Data)}
	}
	address, addressAt := at("ProxyAddress")
	port, portAt := at("ProxyPort")
	out := parseProxy(address, port)
	out.evidence, out.written = slices.Concat(addressAt, portAt), key.LastWrite
	if len(out.evidence) == 0 {
		out.evidence = []abi.Evidence{p.At("registry", check.Item(k, "exists"), true)}
	}
	bypass, list := at("ProxyBypassUrls")
	out.bypass, out.bypassed, out.list = bypassList(bypass), true, list
	return out, ""
}

// agentProxy reads the backup agent's setting.
func agentProxy(cfg *bundles.Config, p *check.Pass) (proxy, string) {
	if cfg == nil {
		why, _ := p.Missing("facts/**/config.json")
		return proxy{}, why
	}
	f := slices.IndexFunc(cfg.Items, func(f bundles.ConfigFile) bool { return strings.EqualFold(f.Name, "backup-agent") })
	switch {
	case f < 0:
		return proxy{}, "the backup agent's setting was not asked for"
	case cfg.Items[f].Error != "":
		return proxy{}, "the backup agent's setting: " + cfg.Items[f].Error
	case !cfg.Items[f].Exists:
		return proxy{}, "the backup agent's setting was not found"
	}
	at := func(name string) (string, []abi.Evidence, bool) {
		for i, v := range cfg.Items[f].Values {
			if strings.EqualFold(v.Key, name) {
				return v.Value, []abi.Evidence{p.At("config", check.Item(f, fmt.Sprintf("values/%d/value", i)), v.Value)}, true
			}
		}
		return "", nil, false
	}
	address, addressAt, _ := at("ProxyServer")
	port, portAt, _ := at("ProxyPort")
	out := parseProxy(address, port)
	out.evidence, out.written = slices.Concat(addressAt, portAt), cfg.Items[f].LastWrite
	if len(out.evidence) == 0 {
		out.evidence = []abi.Evidence{p.At("config", check.Item(f, "exists"), true)}
	}
	var bypass string
	bypass, out.list, out.bypassed = at("BypassUrls")
	out.bypass = bypassList(bypass)
	return out, ""
}

// sameHost compares two hosts, a name and an address by what the probes
// resolved; known is false when that cannot be told.
func sameHost(a, b string, probes *bundles.Probes) (same, known bool) {
	if a == b {
		return true, true
	}
	ipA, errA := netip.ParseAddr(a)
	ipB, errB := netip.ParseAddr(b)
	switch {
	case errA == nil && errB == nil:
		return ipA == ipB, true
	case errA != nil && errB != nil:
		return sameName(a, b, probes)
	case errA == nil:
		return resolvesTo(b, a, probes)
	}
	return resolvesTo(a, b, probes)
}

// sameName compares two different names. A short name may be that of the other
// without its domain: only their addresses tell.
func sameName(a, b string, probes *bundles.Probes) (same, known bool) {
	ofA, ofB := addressesOf(a, probes), addressesOf(b, probes)
	if ofA != nil && ofB != nil {
		return slices.ContainsFunc(ofA, func(addr string) bool { return slices.Contains(ofB, addr) }), true
	}
	return false, !strings.HasPrefix(a, b+".") && !strings.HasPrefix(b, a+".")
}

func resolvesTo(name, address string, probes *bundles.Probes) (same, known bool) {
	list := addressesOf(name, probes)
	return slices.Contains(list, address), list != nil
}

// addressesOf gives what the collector's attempts resolved a name to; nil when
// that is not known.
func addressesOf(name string, probes *bundles.Probes) []string {
	if probes == nil {
		return nil
	}
	for _, pr := range probes.Items {
		target, _, _ := cutPort(strings.ToLower(pr.Target))
		for _, l := range pr.Legs {
			asked := strings.ToLower(l.Host)
			if asked == "" && pr.Via != bundles.ViaProxy {
				asked = target
			}
			if l.Leg == legName && asked == name && len(l.Addresses) > 0 {
				return l.Addresses
			}
		}
	}
	return nil
}
