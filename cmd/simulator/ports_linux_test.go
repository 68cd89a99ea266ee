package simulator

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// listen opens the ports of a text.
func listen(t *testing.T, text string) *Servers {
	t.Helper()
	in := &Incident{}
	if err := eachLine(text, in.portLine); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(in.Ports, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask sends a request and gives the answer.
func ask(t *testing.T, c net.Conn, method, target string) *http.Response {
	t.Helper()
	if _, err := c.Write([]byte(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTLSPort(t *testing.T) {
	s := listen(t, "data-port | tls ps.crt@-3d 400 clock+20m | {net}.15:9443\ncloud | tls cloud.crt/Inspector 200 | {net}.40")
	if s.Vars["data-port"] != s.Vars["net"]+".15:9443" || !strings.Contains(s.Vars["ps.crt"], "BEGIN CERTIFICATE") {
		t.Errorf("variables = %q", s.Vars)
	}
	c := tls.Client(dial(t, s.Vars["data-port"]), &tls.Config{InsecureSkipVerify: true})
	r := ask(t, c, "GET", "/")
	date, err := http.ParseTime(r.Header.Get("Date"))
	if ahead := time.Until(date); r.StatusCode != 400 || err != nil || ahead < 19*time.Minute || ahead > 21*time.Minute {
		t.Errorf("answer %d, date %v", r.StatusCode, date)
	}
	if own := c.ConnectionState().PeerCertificates[0]; own.Subject.CommonName != "ps.crt" || time.Since(own.NotAfter) < 71*time.Hour {
		t.Errorf("certificate of %v until %v", own.Subject, own.NotAfter)
	}
	c = tls.Client(dial(t, s.Vars["cloud"]), &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	chain := c.ConnectionState().PeerCertificates
	if len(chain) != 2 || chain[0].Issuer.CommonName != "Inspector" || chain[0].CheckSignatureFrom(chain[1]) != nil {
		t.Errorf("chain of %d, issuer %v", len(chain), chain[0].Issuer)
	}
}

func TestProxyPort(t *testing.T) {
	s := listen(t, "cs | http 204 | {net}.10\nproxy | proxy 200 | {net}.60:8080\nstrict | proxy 407 Negotiate,NTLM | {net}.61")
	c := dial(t, s.Vars["proxy"])
	if r := ask(t, c, "CONNECT", s.Vars["cs"]); r.StatusCode != 200 {
		t.Fatalf("CONNECT: %d", r.StatusCode)
	}
	if r := ask(t, c, "GET", "/"); r.StatusCode != 204 {
		t.Errorf("through the proxy: %d", r.StatusCode)
	}
	if r := ask(t, dial(t, s.Vars["proxy"]), "CONNECT", "192.0.2.1:443"); r.StatusCode != 502 {
		t.Errorf("CONNECT to the outside: %d", r.StatusCode)
	}
	r := ask(t, dial(t, s.Vars["strict"]), "CONNECT", s.Vars["cs"])
	if r.StatusCode != 407 || strings.Join(r.Header.Values("Proxy-Authenticate"), " ") != "Negotiate NTLM" {
		t.Errorf("answer %d, %v", r.StatusCode, r.Header)
	}
}

func TestDeadPorts(t *testing.T) {
	s := listen(t, "closed | closed | {net}.1:4443\nfiltered | filtered | {net}.2\nsilent | silent | {net}.3")
	if _, err := net.DialTimeout("tcp", s.Vars["closed"], 5*time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("closed: %v", err)
	}
	var ne net.Error
	if _, err := net.DialTimeout("tcp", s.Vars["filtered"], 300*time.Millisecond); !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("filtered: %v", err)
	}
	c := dial(t, s.Vars["silent"])
	if err := c.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("silent: %v", err)
	}
}
