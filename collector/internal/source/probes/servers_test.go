package probes

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// listen starts a server on loopback that hands every connection to serve.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			open.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	return l.Addr().String()
}

// silent takes what comes and never answers.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// says waits for the first bytes and answers with a text.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			_, _ = io.WriteString(c, text)
		}
	}
}

// authority is a certificate with its key.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate; by nil it signs itself.
func issue(t *testing.T, by *authority, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "PS01"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if change != nil {
		change(tmpl)
	}
	parent, signer := tmpl, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func newCA(t *testing.T, name string, by *authority) *authority {
	return issue(t, by, func(c *x509.Certificate) {
		c.IsCA, c.Subject.CommonName, c.IPAddresses, c.DNSNames = true, name, nil, nil
	})
}

func pool(list ...*authority) *x509.CertPool {
	p := x509.NewCertPool()
	for _, a := range list {
		p.AddCert(a.cert)
	}
	return p
}

// serverConfig shows a certificate with those above it.
func serverConfig(list ...*authority) *tls.Config {
	c := tls.Certificate{PrivateKey: list[0].key}
	for _, a := range list {
		c.Certificate = append(c.Certificate, a.cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}
}

// secured serves TLS.
func secured(c *tls.Config, serve func(net.Conn)) func(net.Conn) {
	return func(raw net.Conn) {
		conn := tls.Server(raw, c)
		if conn.Handshake() == nil {
			serve(conn)
			_ = conn.CloseWrite()
		}
	}
}

// answers reads one request and answers it with a status and fields.
func answers(status string, fields ...string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 "+status+"\r\n"+strings.Join(append(fields, "", ""), "\r\n"))
		}
	}
}

// capture keeps what a server reads before it first writes.
type capture struct {
	net.Conn
	mu    *sync.Mutex
	hello *bytes.Buffer
	wrote bool
}

func (c *capture) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wrote {
		c.hello.Write(b[:n])
	}
	return n, err
}

func (c *capture) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.wrote = true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// connectProxy is a proxy that connects, and keeps the requests that it got.
type connectProxy struct {
	mu       sync.Mutex
	requests []*http.Request
	resolve  map[string]string // HOST:PORT that it reaches elsewhere
}

func (p *connectProxy) serve(c net.Conn) {
	br := bufio.NewReader(c)
	req, err := http.ReadRequest(br)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.requests = append(p.requests, req)
	target := req.RequestURI
	if at := p.resolve[target]; at != "" {
		target = at
	}
	p.mu.Unlock()
	to, err := net.Dial("tcp", target)
	if err != nil {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
		return
	}
	defer to.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
	go func() {
		_, _ = io.Copy(to, br)
		_ = to.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, to)
}
