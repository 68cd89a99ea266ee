package probes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

// soon has times for servers that never answer.
func soon() limits {
	const s = 600 * time.Millisecond
	return limits{dns: 5 * time.Second, tcp: s, proxy: s, tls: s, http: s, verify: 5 * time.Second}
}

// at makes a target with legs.
func at(t *testing.T, address string, legs ...string) Target {
	t.Helper()
	p, err := parsePlace(address)
	if err != nil {
		t.Fatal(err)
	}
	return Target{Name: "test", Target: address, Origin: "profile", Legs: legs, Path: "/", host: p.host, port: p.port}
}

// one runs a single probe.
func one(t *testing.T, r *Prober, target Target) bundles.Probe {
	t.Helper()
	f := r.Run(t.Context(), []Target{target})
	if len(f.Items) != 1 {
		t.Fatalf("%d items", len(f.Items))
	}
	return f.Items[0]
}

// course is how a probe went: the legs with their status.
func course(p bundles.Probe) string {
	var out []string
	for _, l := range p.Legs {
		s := l.Leg + " " + l.Status
		if l.HTTPStatus != 0 {
			s += fmt.Sprint(" ", l.HTTPStatus)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func last(p bundles.Probe) bundles.Leg {
	for _, l := range slices.Backward(p.Legs) {
		if l.Status != statusSkipped {
			return l
		}
	}
	return bundles.Leg{}
}

var all = []string{"tls", "tls-3k", "http"}

// TestGood goes up the whole ladder, and every connection can be told.
func TestGood(t *testing.T) {
	ca := newCA(t, "CA", nil)
	leaf := issue(t, ca, nil)
	var mu sync.Mutex
	seen := map[string]bool{}
	var agent string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		agent = r.Method + " " + r.RequestURI + " " + r.Host + " " + r.UserAgent()
		w.WriteHeader(400)
		_, _ = w.Write(make([]byte, 100_000))
	}))
	s.Config.ConnState = func(c net.Conn, st http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		seen[c.RemoteAddr().String()] = true
	}
	s.TLS = serverConfig(leaf)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	address := s.Listener.Addr().String()
	r := New(Proxy{})
	r.roots = pool(ca)
	before := time.Now().Add(-time.Second)
	p := one(t, r, at(t, address, all...))
	if got, want := course(p), "tcp ok, tls ok, tls-3k ok, http ok 400"; got != want {
		t.Fatalf("%s, want %s\n%+v", got, want, p)
	}
	sum := sha256.Sum256(leaf.cert.Raw)
	small := p.Legs[1]
	if small.CertSHA256 != hex.EncodeToString(sum[:]) || small.CertIssuer != "CN=CA" || small.CertSubject != "CN=PS01" || !slices.Equal(small.CertNames, []string{"localhost", "127.0.0.1"}) ||
		small.ChainLength != 1 || small.CertVerified == nil || !*small.CertVerified || small.CertError != "" || !small.CertNotAfter.Equal(leaf.cert.NotAfter) || small.TLSVersion != "TLS 1.3" || small.ALPN != "http/1.1" {
		t.Errorf("tls: %+v", small)
	}
	if big := p.Legs[2]; big.CertSHA256 != small.CertSHA256 || big.CertSubject != "" || big.TLSVersion != small.TLSVersion {
		t.Errorf("tls-3k: %+v", big)
	}
	if h := p.Legs[3]; h.Date == nil || time.Since(*h.Date).Abs() > time.Minute {
		t.Errorf("http: %+v", h)
	}
	if want := "GET / " + address + " asrcollect"; agent != want {
		t.Errorf("the request was %q, want %q", agent, want)
	}
	locals := map[string]bool{}
	for _, l := range p.Legs {
		locals[l.Local] = true
		if l.Remote != address || !seen[l.Local] || l.T == nil || l.T.Before(before) || l.T.After(time.Now()) || l.DurationMS <= 0 {
			t.Errorf("a connection that cannot be told: %+v", l)
		}
	}
	if len(locals) != 4 || len(seen) != 4 {
		t.Errorf("%d connections are told, %d were made", len(locals), len(seen))
	}
}

// TestHello: the two hellos differ in their size, as the server sees them, and
// servers of all kinds take the large one.
func TestHello(t *testing.T) {
	leaf := issue(t, nil, nil)
	for name, change := range map[string]func(*tls.Config){
		"newest":         func(*tls.Config) {},
		"1.2":            func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		"no tickets":     func(c *tls.Config) { c.MaxVersion, c.SessionTicketsDisabled = tls.VersionTLS12, true },
		"1.0":            func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 },
		"alpn":           func(c *tls.Config) { c.NextProtos = []string{"h2"} },
		"retry of hello": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP521} },
	} {
		t.Run(name, func(t *testing.T) {
			c := serverConfig(leaf)
			change(c)
			var mu sync.Mutex
			var hellos []*bytes.Buffer
			address := listen(t, func(raw net.Conn) {
				b := &bytes.Buffer{}
				mu.Lock()
				hellos = append(hellos, b)
				mu.Unlock()
				secured(c, silent)(&capture{Conn: raw, mu: &mu, hello: b})
			})
			p := one(t, New(Proxy{}), at(t, address, "tls", "tls-3k"))
			if got, want := course(p), "tcp ok, tls ok, tls-3k ok"; got != want {
				t.Fatalf("%s, want %s\n%+v", got, want, p)
			}
			mu.Lock()
			defer mu.Unlock()
			small, big := p.Legs[1].HelloBytes, p.Legs[2].HelloBytes
			if small < 100 || small > 600 || big < 3000 || big > 4000 {
				t.Errorf("hellos of %d and %d bytes", small, big)
			}
			var sizes []int
			for _, h := range hellos {
				if h.Len() > 0 { // the leg tcp sends nothing
					sizes = append(sizes, h.Len())
				}
			}
			if !slices.Equal(sizes, []int{small, big}) {
				t.Errorf("the server got %d bytes, told are %d and %d", sizes, small, big)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	ca, strange := newCA(t, "CA", nil), newCA(t, "Inspector", nil)
	long := []*authority{ca}
	for i := range 25 {
		long = append(long, newCA(t, fmt.Sprint("CA", i), long[i]))
	}
	slices.Reverse(long)
	days := func(from, to int) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, from), time.Now().AddDate(0, 0, to)
		}
	}
	other := func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }
	for _, c := range []struct {
		name  string
		chain []*authority
		want  []string
	}{
		{"good", []*authority{issue(t, ca, nil)}, nil},
		{"good with an intermediate", []*authority{issue(t, long[23], nil), long[23], long[24]}, nil},
		{"wrong name", []*authority{issue(t, ca, other)}, []string{"name_mismatch"}},
		{"expired", []*authority{issue(t, ca, days(-20, -10))}, []string{"expired"}},
		{"not yet valid", []*authority{issue(t, ca, days(10, 20))}, []string{"not_yet_valid"}},
		{"self-signed", []*authority{issue(t, nil, nil)}, []string{"self_signed", "unknown_issuer"}},
		{"self-signed, expired, other name", []*authority{issue(t, nil, func(c *x509.Certificate) { days(-20, -10)(c); other(c) })}, []string{"expired", "self_signed", "unknown_issuer", "name_mismatch"}},
		{"unknown authority", []*authority{issue(t, strange, nil), strange}, []string{"unknown_issuer"}},
		{"chain too long", append([]*authority{issue(t, long[0], nil)}, long[:25]...), []string{"unknown_issuer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New(Proxy{})
			r.roots = pool(ca)
			p := one(t, r, at(t, listen(t, secured(serverConfig(c.chain...), silent)), "tls"))
			leg := last(p)
			if leg.Status != statusOK || leg.CertVerified == nil || *leg.CertVerified != (c.want == nil) || (leg.CertError == "") != (c.want == nil) || leg.ChainLength != len(c.chain) || len(leg.ChainIssuers) != min(len(c.chain), maxChain) {
				t.Errorf("leg %+v", leg)
			}
			if diff := cmp.Diff(c.want, leg.CertProblems); diff != "" {
				t.Error(diff)
			}
			if strings.ContainsAny(leg.CertError, "\n\r") || len(leg.CertError) > 200 {
				t.Errorf("the words are no line: %q", leg.CertError)
			}
		})
	}
}

// shutPort is an address of loopback that refuses connections until t ends: the near
// end of a connection has its port, so that no listener is given it.
func shutPort(t *testing.T) string {
	t.Helper()
	c, err := net.Dial("tcp", listen(t, silent))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.LocalAddr().String()
}

// TestServers has servers that are not as they should be.
func TestServers(t *testing.T) {
	self := serverConfig(issue(t, nil, nil))
	needsCert := self.Clone()
	needsCert.ClientAuth = tls.RequireAnyClientCert
	needsCert.MaxVersion = tls.VersionTLS12
	shut := shutPort(t)
	https := func(status string, fields ...string) func(net.Conn) { return secured(self, answers(status, fields...)) }
	for _, c := range []struct {
		name    string
		address string
		legs    []string
		want    string // the course
		words   string // in the error of the last leg that was tried
	}{
		{"refused", shut, all, "tcp refused, tls skipped, tls-3k skipped, http skipped", "refused"},
		{"silent", listen(t, silent), all, "tcp ok, tls timeout, tls-3k skipped, http skipped", "no answer to the hello"},
		{"closes", listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }), all, "tcp ok, tls failed, tls-3k skipped, http skipped", "closed the connection after the hello"},
		{"other protocol", listen(t, says("SSH-2.0-OpenSSH_9.2\r\n")), all, "tcp ok, tls failed, tls-3k skipped, http skipped", `does not speak TLS: its answer begins with "SSH-2.0`},
		{"plain HTTP", listen(t, says("HTTP/1.1 400 Bad Request\r\n\r\n")), all, "tcp ok, tls failed 400, tls-3k skipped, http skipped", "HTTP/1.1 400"},
		{"a proxy that answers in plain", listen(t, says("HTTP/1.1 407 Auth\r\n\r\n")), all, "tcp ok, tls failed 407, tls-3k skipped, http skipped", "HTTP/1.1 407"},
		{"garbage", listen(t, says("\x16\x03\x03\x00\x04\xff\xff\xff\xff")), all, "tcp ok, tls failed, tls-3k skipped, http skipped", ""},
		{"alert", listen(t, says("\x15\x03\x01\x00\x02\x02\x28")), all, "tcp ok, tls failed, tls-3k skipped, http skipped", "refused the handshake: handshake failure"},
		{"half a handshake", listen(t, func(c net.Conn) { says("\x16\x03\x03\x00\x40\x02")(c); silent(c) }), all, "tcp ok, tls timeout, tls-3k skipped, http skipped", "did not end in time"},
		{"wants a certificate", listen(t, secured(needsCert, silent)), []string{"tls"}, "tcp ok, tls failed", "it had asked for a certificate"},
		{"200", listen(t, https("200 OK")), all, "tcp ok, tls ok, tls-3k ok, http ok 200", ""},
		{"400", listen(t, https("400 Bad Request")), all, "tcp ok, tls ok, tls-3k ok, http ok 400", ""},
		{"407", listen(t, https("407 Auth", "Proxy-Authenticate: Negotiate", `Proxy-Authenticate: NTLM, Basic realm="a, b"`)), all, "tcp ok, tls ok, tls-3k ok, http ok 407", ""},
		{"503", listen(t, https("503 No")), all, "tcp ok, tls ok, tls-3k ok, http ok 503", ""},
		{"plain request", listen(t, answers("200 OK")), []string{"http"}, "tcp ok, http ok 200", ""},
		{"no answer to a request", listen(t, secured(self, silent)), []string{"tls", "http"}, "tcp ok, tls ok, http timeout", "no answer in time"},
		{"no HTTP", listen(t, secured(self, says("220 smtp\r\n"))), []string{"tls", "http"}, "tcp ok, tls ok, http failed", `not HTTP`},
		{"an answer without end", listen(t, secured(self, func(c net.Conn) { answers("200 OK", "A: b")(c); _, _ = io.WriteString(c, strings.Repeat("x", 1<<20)) })), []string{"tls", "http"}, "tcp ok, tls ok, http ok 200", ""},
		{"a head without end", listen(t, secured(self, func(c net.Conn) { says("HTTP/1.1 200 OK\r\nA: b")(c); silent(c) })), []string{"tls", "http"}, "tcp ok, tls ok, http ok 200", ""},
		{"large hello is lost", listen(t, func(c net.Conn) {
			b := &first{Conn: c}
			if _, err := io.ReadFull(c, b.head[:]); err == nil && int(b.head[3])<<8|int(b.head[4]) < 1400 {
				https("400 Bad Request")(b)
			} else {
				silent(c)
			}
		}), all, "tcp ok, tls ok, tls-3k timeout, http ok 400", ""},
		{"unknown name", "nowhere.example:443", []string{"tls"}, "dns not_found, tcp skipped, tls skipped", "no address is known for the name nowhere.example"},
		{"no name server", "silent.example:443", nil, "dns timeout, tcp skipped", "the DNS server does not answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := New(Proxy{})
			r.limits = soon()
			if c.name != "a head without end" && !strings.Contains(c.want, "timeout") {
				r.limits = defaultLimits()
			}
			r.lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
				return nil, &net.DNSError{Name: host, IsNotFound: host == "nowhere.example", IsTimeout: host == "silent.example"}
			}
			p := one(t, r, at(t, c.address, c.legs...))
			if got := course(p); got != c.want {
				t.Errorf("%s, want %s\n%+v", got, c.want, p)
			}
			if l := last(p); !strings.Contains(l.Error, c.words) || (l.Error == "") != (l.Status == statusOK) {
				t.Errorf("in words %q, want %q", l.Error, c.words)
			}
			if l := last(p); l.HTTPStatus == 407 && l.Leg == "http" && !slices.Equal(l.AuthSchemes, []string{"Negotiate", "NTLM", "Basic"}) {
				t.Errorf("schemes %q", l.AuthSchemes)
			}
			for _, l := range p.Legs {
				if (l.T == nil) != (l.Status == statusSkipped) {
					t.Errorf("the time of %+v", l)
				}
			}
		})
	}
}

// first gives back the head of a record that was read.
type first struct {
	net.Conn
	head [5]byte
	n    int
}

func (f *first) Read(b []byte) (int, error) {
	if f.n < len(f.head) {
		n := copy(b, f.head[f.n:])
		f.n += n
		return n, nil
	}
	return f.Conn.Read(b)
}

// NetConn keeps the connection below reachable.
func (f *first) NetConn() net.Conn { return f.Conn }

// TestSystem asks the system's own resolver.
func TestSystem(t *testing.T) {
	_, port, _ := net.SplitHostPort(listen(t, silent))
	p := one(t, New(Proxy{}), at(t, "localhost:"+port))
	if p.Legs[0].Status != statusOK || !slices.Contains(p.Legs[0].Addresses, "127.0.0.1") || p.Legs[1].Status != statusOK {
		t.Errorf("%s: %+v", course(p), p.Legs)
	}
}

// TestAddresses: every address of a name has its leg, and the one that answers
// carries the rest.
func TestAddresses(t *testing.T) {
	address := listen(t, silent)
	_, port, _ := net.SplitHostPort(address)
	r := New(Proxy{})
	r.lookup = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::ffff:127.0.0.1")}, nil
	}
	p := one(t, r, at(t, "name.example:"+port))
	if len(p.Legs) != 3 || p.Legs[0].Host != "name.example" || !slices.Equal(p.Legs[0].Addresses, []string{"127.0.0.1", "::1"}) ||
		p.Legs[1].Remote != address || p.Legs[1].Status != statusOK || p.Legs[2].Remote != "[::1]:"+port || p.Legs[2].Status == statusOK {
		t.Errorf("%s: %+v", course(p), p.Legs)
	}
	r.lookup = func(context.Context, string) ([]netip.Addr, error) { return nil, nil }
	if p := one(t, r, at(t, "name.example:"+port)); course(p) != "dns not_found, tcp skipped" {
		t.Errorf("no address: %s", course(p))
	}
}

func TestChoose(t *testing.T) {
	list := func(n4, n6 int) (out []netip.Addr) {
		for i := range n4 {
			out = append(out, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
		}
		for i := range n6 {
			out = append(out, netip.AddrFrom16([16]byte{0xfd, 15: byte(i)}))
		}
		return out
	}
	for _, c := range []struct{ n4, n6, want4, want6 int }{{1, 0, 1, 0}, {20, 0, 8, 0}, {0, 20, 0, 8}, {20, 20, 4, 4}, {20, 1, 7, 1}, {2, 20, 2, 6}, {4, 4, 4, 4}} {
		got4, got6 := 0, 0
		for _, a := range choose(list(c.n4, c.n6)) {
			if a.Is4() {
				got4++
			} else {
				got6++
			}
		}
		if got4 != c.want4 || got6 != c.want6 {
			t.Errorf("of %d and %d: %d and %d, want %d and %d", c.n4, c.n6, got4, got6, c.want4, c.want6)
		}
	}
}

// TestRebinding: a name out of a log that has a private address is not connected
// to, whatever the other addresses are.
func TestRebinding(t *testing.T) {
	for _, c := range []struct {
		addresses []string
		dialled   bool
	}{{[]string{"8.8.8.8", "10.0.0.1"}, false}, {[]string{"127.0.0.1"}, false}, {[]string{"::ffff:192.168.0.1"}, false}, {[]string{"8.8.8.8", "2603:1030::1"}, true}} {
		r := New(Proxy{})
		var mu sync.Mutex
		var dialled []string
		r.lookup = func(context.Context, string) (out []netip.Addr, err error) {
			for _, a := range c.addresses {
				out = append(out, netip.MustParseAddr(a))
			}
			return out, nil
		}
		r.dial = func(_ context.Context, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			dialled = append(dialled, address)
			return nil, io.EOF
		}
		target := at(t, "evil.example:443", "tls")
		target.public = true
		p := one(t, r, target)
		slices.Sort(dialled)
		if c.dialled != (len(dialled) > 0) || c.dialled && !slices.Equal(dialled, []string{"8.8.8.8:443", "[2603:1030::1]:443"}) {
			t.Errorf("%v: dialled %v, %s", c.addresses, dialled, course(p))
		}
		if !c.dialled && course(p) != "dns ok, tcp skipped, tls skipped" {
			t.Errorf("%v: %s", c.addresses, course(p))
		}
	}
}

// TestDeadline: one time for all, and what hangs does not cost the others.
func TestDeadline(t *testing.T) {
	fine, hangs := listen(t, silent), listen(t, silent)
	r := New(Proxy{})
	lost := make(chan struct{})
	defer close(lost)
	r.dial = func(ctx context.Context, address string) (net.Conn, error) {
		if address == "127.0.0.3:1" {
			<-lost // does not even look at its context
		}
		return dial(ctx, address)
	}
	targets := []Target{at(t, fine), at(t, "127.0.0.3:1"), {Name: "none", Origin: "config:x", Error: "was not found"}}
	for range 40 {
		targets = append(targets, at(t, hangs, "tls"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	begin := time.Now()
	f := r.Run(ctx, targets)
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	if len(f.Items) != len(targets) || course(f.Items[0]) != "tcp ok" || f.Items[2].Error != "was not found" || f.Items[2].Via != "" {
		t.Fatalf("items %+v", f.Items[:3])
	}
	if p := f.Items[1]; p.Error == "" || p.Target != "127.0.0.3:1" || p.T.IsZero() {
		t.Errorf("what hangs: %+v", p)
	}
	if got := course(f.Items[3]); got != "tcp ok, tls timeout" {
		t.Errorf("what ran into the deadline: %s", got)
	}
	if err := Untried(f); err == nil || !strings.Contains(err.Error(), "of 43 probes were not made") {
		t.Errorf("untried: %v", err)
	}
	if err := Untried(bundles.Probes{Items: f.Items[:1]}); err != nil {
		t.Errorf("untried of one that was: %v", err)
	}
	if p := f.Items[len(targets)-1]; p.Error == "" || len(p.Legs) != 0 {
		t.Errorf("what was never begun: %+v", p)
	}
}

func TestStatus(t *testing.T) {
	for want, err := range map[string]error{
		"ok": nil, "timeout": context.DeadlineExceeded, "not_found": &net.DNSError{IsNotFound: true}, "failed": io.EOF,
		"refused": fmt.Errorf("x: %w", windowsRefused), "unreachable": windowsHostUnreachable,
	} {
		if got := Status(err); got != want {
			t.Errorf("Status(%v) = %q, want %q", err, got, want)
		}
		if err != nil && (inWords(err) == "" || strings.Contains(inWords(err), "\n")) {
			t.Errorf("%v in words: %q", err, inWords(err))
		}
	}
	for err, want := range map[error]string{windowsDenied: "firewall", windowsReset: "reset", windowsTimeout: "no answer", &net.DNSError{IsTimeout: true}: "DNS server does not answer"} {
		if got := inWords(err); !strings.Contains(got, want) {
			t.Errorf("%v in words: %q, want %q", err, got, want)
		}
	}
}
