package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestParseProxy(t *testing.T) {
	for _, c := range []struct{ address, port, host, want string }{
		{"http://proxy.contoso.local", "8080", "proxy.contoso.local", "proxy.contoso.local:8080"},
		{"HTTP://Proxy.Contoso.Local./", "8080", "proxy.contoso.local", "proxy.contoso.local:8080"},
		{"proxy:3128", "", "proxy", "proxy:3128"},
		{"proxy:3128", "0", "proxy", "proxy:3128"},
		{"proxy:3128", "8080", "proxy", "proxy:8080"},
		{"http://proxy", "", "proxy", "proxy:80"},
		{"https://proxy", "", "proxy", "proxy:443"},
		{"http://user:word@proxy:1", "", "proxy", "proxy:1"},
		{"http://10.1.0.80/path", "8080", "10.1.0.80", "10.1.0.80:8080"},
		{"http://[fd00::1]:8080", "", "fd00::1", "fd00::1:8080"},
		{"fd00::1", "8080", "fd00::1", "fd00::1:8080"},
		{"http=a:1;HTTPS=b:2;ftp=c:3", "", "b", "b:2"},
		{"", "8080", "", "no proxy"},
		{"", "", "", "no proxy"},
		{strings.Repeat("x", 40), "1", strings.Repeat("x", 40), strings.Repeat("x", 35) + "…:1"},
	} {
		got := parseProxy(c.address, c.port)
		if got.host != c.host || got.String() != c.want {
			t.Errorf("parseProxy(%q, %q) = host %q, %q, want host %q, %q", c.address, c.port, got.host, got, c.host, c.want)
		}
	}
	if got := (proxy{}).String(); got != "not read" {
		t.Errorf("an unknown proxy is %q", got)
	}
}

func TestBypassList(t *testing.T) {
	for in, want := range map[string][]string{
		"":                                nil,
		"*.LOCAL;10.1.0.4":                {"*.local", "10.1.0.4"},
		" 10.1.0.4,\t*.local ; 10.1.0.4 ": {"*.local", "10.1.0.4"},
	} {
		if got := bypassList(in); !slices.Equal(got, want) {
			t.Errorf("bypassList(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSameHost(t *testing.T) {
	probes := &bundles.Probes{Items: []bundles.Probe{{
		Target: "Proxy:8080", Legs: []bundles.Leg{{Leg: "dns", Status: "ok", Addresses: []string{"10.0.0.1", "10.0.0.2"}}},
	}, {
		Target: "azure:443", Via: bundles.ViaProxy, Legs: []bundles.Leg{{Leg: "dns", Status: "ok", Host: "proxy3", Addresses: []string{"10.0.0.9"}}},
	}}}
	for _, c := range []struct {
		a, b        string
		same, known bool
	}{
		{"proxy", "proxy", true, true},
		{"proxy", "other", false, true},
		{"10.0.0.1", "10.0.0.3", false, true},
		{"proxy", "10.0.0.2", true, true},
		{"10.0.0.2", "proxy", true, true},
		{"proxy", "10.0.0.3", false, true},
		{"other", "10.0.0.3", false, false},
		{"proxy3", "10.0.0.9", true, true},
		{"azure", "10.0.0.9", false, false},
		{"::1", "0:0:0:0:0:0:0:1", true, true},
	} {
		if same, known := sameHost(c.a, c.b, probes); same != c.same || known != c.known {
			t.Errorf("sameHost(%q, %q) = %v, %v, want %v, %v", c.a, c.b, same, known, c.same, c.known)
		}
	}
	if _, known := sameHost("proxy", "10.0.0.1", nil); known {
		t.Error("without probes a name and an address cannot be compared")
	}
}

// FuzzParseProxy: whatever stands in a registry value, the result can be
// compared and shown.
func FuzzParseProxy(f *testing.F) {
	for _, s := range []string{"http://proxy:8080/", "[::1]:1", "a=b;https=c", "://", "@", "http://[::1", "x:"} {
		f.Add(s, "8080")
	}
	f.Fuzz(func(t *testing.T, address, port string) {
		p := parseProxy(address, port)
		if !p.known || p.port == "" {
			t.Errorf("parseProxy(%q, %q) = %+v: no port", address, port, p)
		}
		if p.String() == "" {
			t.Errorf("parseProxy(%q, %q) has no words", address, port)
		}
	})
}
