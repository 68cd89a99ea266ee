package probes

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePlace(t *testing.T) {
	for in, want := range map[string]place{
		"10.0.0.4":                      {host: "10.0.0.4"},
		" ps01.contoso.example. ":       {host: "ps01.contoso.example"},
		"PS01:9443":                     {host: "PS01", port: 9443},
		"[fd00::4]:9443":                {host: "fd00::4", port: 9443},
		"[fd00::4]":                     {host: "fd00::4"},
		"fd00::4":                       {host: "fd00::4"},
		"::ffff:10.0.0.4":               {host: "10.0.0.4"},
		"fe80::1%eth0":                  {host: "fe80::1%eth0"},
		"https://a.example/x?y#z":       {host: "a.example", scheme: "https"},
		"HTTPS://u:p@ss@a.example:444/": {host: "a.example", port: 444, scheme: "https", userinfo: true},
		"http://[fd00::4]:80/":          {host: "fd00::4", port: 80, scheme: "http"},
		"user:secret@proxy:8080":        {host: "proxy", port: 8080, userinfo: true},
		"bücher.example":                {host: "xn--bcher-kva.example"},
		"https://他们为什么不说中文.example:1/": {host: "xn--ihqwcrb4cv8a8dqg056pqjye.example", port: 1, scheme: "https"},
		"_srv.a_b.example":                  {host: "_srv.a_b.example"},
		"https://xn--bcher-kva.example":     {host: "xn--bcher-kva.example", scheme: "https"},
		"BÜCHER":                            {host: "xn--bcher-kva"},
		"https://a.example\\@10.0.0.1/evil": {host: "a.example", scheme: "https"},
	} {
		got, err := parsePlace(in)
		if err != nil {
			t.Errorf("parsePlace(%q): %v", in, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(place{})); diff != "" {
			t.Errorf("parsePlace(%q): %s", in, diff)
		}
	}
}

// hostile are values that must not become targets.
var hostile = []string{
	"", " ", ".", "a b", "a\r\nX: y", "a\nb", "a\x00b", "a%41b", "a%0d%0a", "a..b", "-a", "a-", "a:0", "a:65536", "a:x", "a:80:90", "[::1", "::1]", "a/b", "a?b",
	"a\\b", "http://", "https:///x", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "256.1.1.1", "017700000001", "fe80::1%eth0\r\nX", "fd00::1%eth0", "fe80::1%", "\xff", "a\u202eb", "a\u200bb",
	"a。b", "ａ b", "a;b", "$(id)", "`id`", "*", "a,b", "'a'", strings.Repeat("a", 64), strings.Repeat("a.", 130) + "a", strings.Repeat("a", 1<<20), strings.Repeat("ü", 64), "(x)",
}

func TestHostile(t *testing.T) {
	for _, in := range hostile {
		if got, err := parsePlace(in); err == nil {
			t.Errorf("parsePlace(%.60q) = %+v, want an error", in, got)
		} else if len(in) > 20 && strings.Contains(err.Error(), in) {
			t.Errorf("the error repeats the value: %v", err)
		}
	}
}

func TestCheckTarget(t *testing.T) {
	for in, ok := range map[string]bool{
		"a:1": true, "[::1]:443": true, "[fe80::1%eth0]:443": true, "bücher.example:443": true, "a": false, "a:": false, "a:0": false, "a:65536": false,
		":443": false, "http://a:1": false, "u@a:1": false, "a:b": false, "a b:1": false, "a\r\n:1": false, "::1:443": false,
	} {
		if err := CheckTarget(in); (err == nil) != ok {
			t.Errorf("CheckTarget(%q) = %v", in, err)
		}
	}
}

func TestPublic(t *testing.T) {
	for in, want := range map[string]bool{
		"8.8.8.8": true, "20.190.128.1": true, "2603:1030::1": true, "10.1.2.3": false, "192.168.1.1": false, "172.31.0.1": false, "127.0.0.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "192.0.2.1": false, "168.63.129.16": false, "::1": false, "::": false,
		"fe80::1": false, "fd00::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true, "64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:db8::1": false,
		"::10.0.0.1": false, "fec0::1": false, "2001:0:53aa:64c::1": false,
	} {
		if got := public(netip.MustParseAddr(in)); got != want {
			t.Errorf("public(%s) = %v", in, got)
		}
	}
}

// FuzzPlace: what is taken is a name or address that cannot change a request,
// and reads the same a second time.
func FuzzPlace(f *testing.F) {
	for _, s := range append([]string{"a.example:1", "https://u:p@[fd00::1]:2/x", "bücher"}, hostile[:20]...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p, err := parsePlace(in)
		if err != nil {
			return
		}
		if strings.ContainsFunc(p.host, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\?#@`, r) }) || p.port < 0 || p.port > 65535 {
			t.Errorf("%q gives %+v", in, p)
		}
		target := joinTarget(p.host, max(p.port, 1))
		if err := CheckTarget(target); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if again, err := parsePlace(target); err != nil || again.host != p.host {
			t.Errorf("%q: %q reads as %+v, %v", in, target, again, err)
		}
	})
}
