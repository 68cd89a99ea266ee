package main

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Registry keys that several checks read.
const (
	registrationKey = `HKLM\SOFTWARE\Microsoft\Azure Site Recovery\Registration`
	vaultKey        = `HKLM\SOFTWARE\Microsoft\Windows Azure Backup\Config\InMageMT`
)

// keyAt finds a key of the registry; -1 when the collector did not ask for it.
func keyAt(reg *bundles.Registry, key string) (int, bundles.RegistryKey) {
	if reg != nil {
		for i, k := range reg.Items {
			if strings.EqualFold(k.Key, key) {
				return i, k
			}
		}
	}
	return -1, bundles.RegistryKey{}
}

// valueAt points to the data of a value of a key.
func valueAt(p *check.Pass, key, value int, data any) abi.Evidence {
	return p.At("registry", check.Item(key, "values/"+itoa(value)+"/data"), data)
}

// configAt gives a value of a configuration file and where it stands; ok is false
// when it is not there.
func configAt(p *check.Pass, name, key string) (value string, at abi.Evidence, ok bool) {
	cfg := optional[bundles.Config](p, "config")
	if cfg == nil {
		return "", abi.Evidence{}, false
	}
	for i, f := range cfg.Items {
		for n, v := range f.Values {
			if strings.EqualFold(f.Name, name) && strings.EqualFold(v.Key, key) {
				return v.Value, p.At("config", check.Item(i, "values/"+itoa(n)+"/value"), v.Value), true
			}
		}
	}
	return "", abi.Evidence{}, false
}

// dataPort is the port that source machines upload to.
func dataPort(p *check.Pass) string {
	if port := configValue(p, "cxps", "ssl_port"); port != "" {
		return port
	}
	return defaultDataPort
}

// serverAddress is what source machines are told to connect to (PS_IP): as it is
// written, and as addresses, which a name has only when the collector looked it up.
type serverAddress struct {
	text      string
	addresses []netip.Addr
	at        abi.Evidence
}

func addressOfServer(p *check.Pass) (serverAddress, bool) {
	text, at, ok := configAt(p, "amethyst", "PS_IP")
	text = strings.TrimSpace(text)
	if !ok || text == "" {
		return serverAddress{}, false
	}
	s := serverAddress{text: text, at: at}
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		s.addresses = []netip.Addr{addr.Unmap()}
		return s, true
	}
	for _, a := range addressesOf(strings.ToLower(text), optional[bundles.Probes](p, "probes")) {
		if addr, err := netip.ParseAddr(a); err == nil {
			s.addresses = append(s.addresses, addr.Unmap())
		}
	}
	return s, true
}

// tellNames tells the host by which address source machines know this machine.
func tellNames(p *check.Pass, server serverAddress) {
	if server.text != "" {
		p.KnownAs(strings.Trim(server.text, "[]"))
	}
	for _, a := range server.addresses {
		p.KnownAs(a.String())
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
