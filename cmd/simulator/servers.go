package simulator

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"time"
)

// serve hands every connection to its own goroutine, until the listener closes.
func serve(l net.Listener, handle func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(5 * time.Minute)) // longer than any collection here
			handle(c)
		}()
	}
}

// quiet reads what comes and says nothing.
func quiet(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// answerer answers HTTP requests always alike.
type answerer struct {
	status  int
	clock   time.Duration // how far its clock is ahead of ours
	schemes []string      // of an answer 407
	proxy   bool
}

// speak answers one request. A connection that sends none stays open, as those
// of services do. A proxy with status 200 connects to where it is asked to.
func (a answerer) speak(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	if a.proxy && a.status == http.StatusOK && r.Method == http.MethodConnect {
		a.tunnel(c, r.Host)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: 0\r\nConnection: close\r\n", a.status, http.StatusText(a.status), time.Now().Add(a.clock).UTC().Format(http.TimeFormat))
	for _, s := range a.schemes {
		fmt.Fprintf(&b, "Proxy-Authenticate: %s\r\n", s)
	}
	_, _ = io.WriteString(c, b.String()+"\r\n")
	if t, ok := c.(*tls.Conn); ok {
		_ = t.CloseWrite()
	}
}

func (a answerer) tunnel(c net.Conn, target string) {
	host, _, err := net.SplitHostPort(target)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") // nothing leaves this machine
		return
	}
	up, err := net.Dial("tcp", target)
	if err != nil {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer up.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(up, c); up.Close() }()
	_, _ = io.Copy(c, up)
}

// certificate is a self-signed one of the product's kind.
type certificate struct {
	pair tls.Certificate
	pem  string
}

// certificate makes the certificate of a name, or gives the one that was made.
// NAME@-AGE is one that has expired so long ago, NAME@AGE one that has as long
// to live.
func (s *Servers) certificate(name string, now time.Time) (*certificate, error) {
	if c := s.certs[name]; c != nil {
		return c, nil
	}
	end := 3 * 365 * 24 * time.Hour
	if _, age, ok := strings.Cut(name, "@"); ok {
		d, err := parseAge(strings.TrimPrefix(age, "-"))
		if err != nil {
			return nil, err
		}
		if end = d; strings.HasPrefix(age, "-") {
			end = -d
		}
	}
	c, err := makeCertificate(name, now.Add(end))
	if err != nil {
		return nil, err
	}
	s.certs[name] = c
	cn, _, _ := strings.Cut(name, "@")
	s.Vars[cn] = c.pem
	return c, nil
}

func makeCertificate(name string, end time.Time) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	cn, _, _ := strings.Cut(name, "@")
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: cn, Organization: []string{"Simulated"}},
		NotBefore: end.Add(-4 * 365 * 24 * time.Hour), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &certificate{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(text)}, nil
}
