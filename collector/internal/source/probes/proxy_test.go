package probes

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/httphead"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestFindProxy(t *testing.T) {
	env := map[string]string{"HTTPS_PROXY": "http://user:secret@proxy.example:3128/", "NO_PROXY": "localhost, .corp.example,10.0.0.0/8"}
	src := Sources{
		Getenv: func(name string) string { return env[name] },
		Vars:   config.Vars{"info": {"proxy:address": "http://10.0.0.2", "proxy:port": "8080"}, "bare": {"a": "proxy2"}, "env": {"https_proxy": "proxy3:8081", "no_proxy": "x"}},
		Registry: func(key, name string) (string, bool) {
			return map[string]string{"A": "10.0.0.3", "P": "8082"}[name], true
		},
	}
	fromConfig := func(name, host, port string, fallback int) profiles.Proxy {
		return profiles.Proxy{FromConfig: &profiles.FromConfig{Config: name, Host: host, Port: port, DefaultPort: fallback}}
	}
	fromRegistry := profiles.Proxy{FromRegistry: &profiles.FromRegistry{Key: `HKLM\X`, Host: "A", Port: "P"}}
	for _, c := range []struct {
		name string
		list []profiles.Proxy
		want *bundles.ProbeProxy
	}{
		{"none asked for", nil, nil},
		{"environment", []profiles.Proxy{{FromEnv: "https_proxy"}, fromRegistry}, &bundles.ProbeProxy{Address: "proxy.example:3128", Origin: "env:https_proxy", Userinfo: true, Bypass: []string{"localhost", ".corp.example", "10.0.0.0/8"}}},
		{"configuration", []profiles.Proxy{{FromEnv: "not_set"}, fromConfig("info", "proxy:Address", "proxy:Port", 0)}, &bundles.ProbeProxy{Address: "10.0.0.2:8080", Origin: "config:info"}},
		{"default port", []profiles.Proxy{fromConfig("bare", "a", "p", 3128)}, &bundles.ProbeProxy{Address: "proxy2:3128", Origin: "config:bare"}},
		{"no port", []profiles.Proxy{fromConfig("bare", "a", "", 0)}, &bundles.ProbeProxy{Address: "proxy2:80", Origin: "config:bare"}},
		{"file of variables", []profiles.Proxy{fromConfig("env", "https_proxy", "", 0)}, &bundles.ProbeProxy{Address: "proxy3:8081", Origin: "config:env", Bypass: []string{"x"}}},
		{"registry", []profiles.Proxy{fromRegistry}, &bundles.ProbeProxy{Address: "10.0.0.3:8082", Origin: `registry:HKLM\X`}},
		{"nowhere", []profiles.Proxy{{FromEnv: "not_set"}, fromConfig("none", "a", "", 0)}, &bundles.ProbeProxy{Error: "no proxy is set: looked at env:not_set, config:none"}},
	} {
		p := FindProxy(c.list, src)
		if diff := cmp.Diff(c.want, p.Fact); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if p.Usable() != (c.want != nil && c.want.Error == "") {
			t.Errorf("%s: usable %v", c.name, p.Usable())
		}
	}
	for value, want := range map[string]string{"https://proxy:8443": "only http://", "socks5://p:1": "only http://", "a b": "no host name", "p:0": "no number", "http://u:secret@\r\n": "no host"} {
		env["HTTPS_PROXY"] = value
		p := FindProxy([]profiles.Proxy{{FromEnv: "https_proxy"}}, src)
		if p.Usable() || !strings.Contains(p.Fact.Error, want) || strings.Contains(p.Fact.Error, "secret") {
			t.Errorf("%q: %+v", value, p.Fact)
		}
	}
}

func TestBypass(t *testing.T) {
	p := newProxy("env:x", "proxy:80", "", "corp.example,.net.example,*.star.example,10.0.0.0/8,192.168.1.1,port.example:8443,[fd00::1],bad/99,")
	for target, want := range map[string]string{
		"corp.example:443": "corp.example", "a.corp.example:443": "corp.example", "A.CORP.example:1": "corp.example", "xcorp.example:443": "", "net.example:443": ".net.example", "a.net.example:443": ".net.example",
		"b.star.example:443": "*.star.example", "10.1.2.3:443": "10.0.0.0/8", "11.1.2.3:443": "", "192.168.1.1:443": "192.168.1.1", "192.168.1.10:443": "", "port.example:8443": "port.example:8443",
		"port.example:443": "", "[fd00::1]:443": "[fd00::1]", "other.example:443": "",
	} {
		at, err := parsePlace(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.bypasses(at.host, at.port); got != want {
			t.Errorf("bypasses(%s) = %q, want %q", target, got, want)
		}
	}
	if got := newProxy("env:x", "proxy:80", "", "*").bypasses("a", 1); got != "*" {
		t.Errorf("the star gives %q", got)
	}
}

// TestThroughProxy tries the same target both ways.
func TestThroughProxy(t *testing.T) {
	ca := newCA(t, "CA", nil)
	server := listen(t, secured(serverConfig(issue(t, ca, nil)), answers("400 Bad Request")))
	good := &connectProxy{resolve: map[string]string{"inner.example:443": server}}
	shut := shutPort(t)
	_, port, _ := net.SplitHostPort(listen(t, good.serve))
	for _, c := range []struct {
		name, proxy, target string
		direct, through     string
		words               string
	}{
		{"both ways", "127.0.0.1:" + port, server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp ok, proxy ok 200, tls ok, tls-3k ok, http ok 400", ""},
		{"proxy by name", "localhost:" + port, server, "tcp ok, tls ok, tls-3k ok, http ok 400", "dns ok, tcp ok, proxy ok 200, tls ok, tls-3k ok, http ok 400", ""},
		{"only the proxy knows the name", "127.0.0.1:" + port, "inner.example:443", "dns not_found, tcp skipped, tls skipped, tls-3k skipped, http skipped", "tcp ok, proxy ok 200, tls ok, tls-3k ok, http ok 400", ""},
		{"the proxy does not reach it", "127.0.0.1:" + port, shut, "tcp refused, tls skipped, tls-3k skipped, http skipped", "tcp ok, proxy failed 502, tls skipped, tls-3k skipped, http skipped", "does not reach the target (502)"},
		{"407", listen(t, answers("407 Auth", "Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM", `Proxy-Authenticate: Basic realm="x"`)), server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp ok, proxy failed 407, tls skipped, tls-3k skipped, http skipped", "asks for credentials (407): Negotiate, NTLM, Basic; none were sent"},
		{"403", listen(t, answers("403 Forbidden")), server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp ok, proxy failed 403, tls skipped, tls-3k skipped, http skipped", "forbids"},
		{"silent proxy", listen(t, silent), server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp ok, proxy timeout, tls skipped, tls-3k skipped, http skipped", "no answer in time"},
		{"refusing proxy", shut, server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp refused, proxy skipped, tls skipped, tls-3k skipped, http skipped", "refused"},
		{"no proxy at all", listen(t, says("SSH-2.0-x\r\n")), server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp ok, proxy failed, tls skipped, tls-3k skipped, http skipped", "not HTTP"},
		{"closes", listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }), server, "tcp ok, tls ok, tls-3k ok, http ok 400", "tcp ok, proxy failed, tls skipped, tls-3k skipped, http skipped", "closed"},
		{"proxy's name is unknown", "gone.example:8080", server, "tcp ok, tls ok, tls-3k ok, http ok 400", "dns not_found, tcp skipped, proxy skipped, tls skipped, tls-3k skipped, http skipped", "no address is known for the name gone.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProxy("env:https_proxy", "http://me:hidden@"+c.proxy, "", "")
			r := New(p)
			r.roots = pool(ca)
			if strings.Contains(c.through, "timeout") {
				r.limits.proxy = soon().proxy
			}
			system := r.lookup
			r.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
				if strings.HasSuffix(host, ".example") {
					return nil, &net.DNSError{Name: host, IsNotFound: true}
				}
				return system(ctx, host)
			}
			target := at(t, c.target, all...)
			target.Proxy = true
			f := r.Run(t.Context(), []Target{target})
			if len(f.Items) != 2 || f.Items[0].Via != bundles.ViaDirect || f.Items[1].Via != bundles.ViaProxy || f.Items[1].Proxy != c.proxy || f.Items[0].Proxy != "" {
				t.Fatalf("items %+v", f.Items)
			}
			direct, through := course(f.Items[0]), course(f.Items[1])
			direct = strings.Replace(direct, "tcp ok, tcp refused", "tcp ok", 1)
			through = strings.Replace(through, "tcp ok, tcp refused", "tcp ok", 1) // localhost may be ::1 as well
			if direct != c.direct || through != c.through {
				t.Errorf("direct: %s, want %s\nproxy: %s, want %s\n%+v", direct, c.direct, through, c.through, f.Items[1])
			}
			if l := last(f.Items[1]); !strings.Contains(l.Error, c.words) {
				t.Errorf("in words %q, want %q", l.Error, c.words)
			}
			if l := last(f.Items[1]); l.HTTPStatus == 407 && !slices.Equal(l.AuthSchemes, []string{"Negotiate", "NTLM", "Basic"}) {
				t.Errorf("schemes %q", l.AuthSchemes)
			}
		})
	}
	for _, req := range good.requests {
		if req.Method != "CONNECT" || req.UserAgent() != "asrcollect" || req.Header.Get("Proxy-Authorization") != "" || req.Header.Get("Authorization") != "" || req.RequestURI != req.Host {
			t.Errorf("request %+v", req)
		}
	}
}

// TestProxyIsNotAsked: no_proxy, and names out of a log.
func TestProxyIsNotAsked(t *testing.T) {
	proxy := &connectProxy{resolve: map[string]string{}}
	r := New(newProxy("env:https_proxy", listen(t, proxy.serve), "", "a.example"))
	r.lookup = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	}
	r.dial = func(ctx context.Context, address string) (net.Conn, error) {
		if address != r.proxy.Fact.Address {
			return nil, io.EOF
		}
		return dial(ctx, address)
	}
	bypassed, mined := at(t, "a.example:443", "tls"), at(t, "b.example:443", "tls")
	bypassed.Proxy, mined.Proxy, mined.public = true, true, true
	f := r.Run(t.Context(), []Target{bypassed, mined})
	if p := f.Items[1]; len(p.Legs) != 0 || !strings.Contains(p.Error, "no_proxy has a.example") {
		t.Errorf("no_proxy: %+v", p)
	}
	if got := course(f.Items[3]); got != "tcp ok, proxy skipped, tls skipped" {
		t.Errorf("a name out of a log: %s", got)
	}
	if len(proxy.requests) != 0 {
		t.Errorf("%d requests went to the proxy", len(proxy.requests))
	}
}

// TestTunnel is the way of the clock comparison.
func TestTunnel(t *testing.T) {
	server := listen(t, secured(serverConfig(issue(t, nil, nil)), silent))
	proxy := &connectProxy{}
	p := newProxy("env:x", listen(t, proxy.serve), "", "10.0.0.0/8")
	ctx, cancel := context.WithTimeout(t.Context(), defaultLimits().proxy)
	defer cancel()
	c, err := Tunnel(ctx, p, server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := tls.Client(c, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx); err != nil {
		t.Error(err)
	}
	if _, err := Tunnel(ctx, p, "10.1.1.1:443"); err == nil || !strings.Contains(err.Error(), "no_proxy") {
		t.Errorf("a target of no_proxy: %v", err)
	}
}

func TestChallenges(t *testing.T) {
	for in, want := range map[string][]string{
		"Negotiate": {"Negotiate"}, "NTLM, Negotiate": {"NTLM", "Negotiate"}, `Basic realm="a, NTLM", charset = "x", Digest realm=y, qop="z"`: {"Basic", "Digest"},
		"Negotiate abc==": {"Negotiate"}, "": nil, ",,": nil, "\"x": nil, "a\x00b": nil, "=": nil, strings.Repeat("a", 40): nil,
	} {
		if diff := cmp.Diff(want, challenges(in)); diff != "" {
			t.Errorf("challenges(%q): %s", in, diff)
		}
	}
}

// FuzzProxyAnswer: whatever a proxy says, it is a tunnel only after a 2xx, and
// what is told of it is short and printable.
func FuzzProxyAnswer(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 407 x\r\nProxy-Authenticate: Basic realm=\"a,b\"\r\nProxy-Authenticate: NTLM\r\n\r\n", "HTTP/1.1 100\r\n\r\nHTTP/1.1 502 \n\n", "\x15\x03", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := httphead.Read(bytes.NewReader(in))
		offered := schemes(h)
		if h.Status != 0 && h.Status/100 != 2 {
			err = refusal(h, offered)
		}
		if err != nil {
			if text := inWords(err); text == "" || len(text) > 400 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
				t.Errorf("in words %q", text)
			}
		}
		for _, s := range offered {
			if s == "" || len(s) > 32 || strings.ContainsFunc(s, func(r rune) bool { return !isToken(r) }) {
				t.Errorf("scheme %q", s)
			}
		}
		if len(offered) > maxSchemes {
			t.Errorf("%d schemes", len(offered))
		}
	})
}
