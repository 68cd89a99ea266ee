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

// certificate is one of the product's kind: made by whoever uses it.
type certificate struct {
	pair   tls.Certificate
	parsed *x509.Certificate // what it was made of
	pem    string
}

// certificate makes the certificate of a name, or gives the one that was made.
// NAME@-AGE is one that has expired so long ago, NAME@AGE one that has as long
// to live, NAME/ISSUER one that ISSUER has signed, whose own comes with it.
func (s *Servers) certificate(name string, now time.Time) (*certificate, error) {
	if c := s.certs[name]; c != nil {
		return c, nil
	}
	rest, issuer, _ := strings.Cut(name, "/")
	cn, age, limited := strings.Cut(rest, "@")
	end := 3 * 365 * 24 * time.Hour
	if limited {
		var err error
		if end, err = parseAge(strings.TrimPrefix(age, "-")); err != nil {
			return nil, err
		}
		if strings.HasPrefix(age, "-") {
			end = -end
		}
	}
	var ca *certificate
	if issuer != "" {
		var err error
		if ca, err = s.certificate(issuer, now); err != nil {
			return nil, err
		}
	}
	c, err := makeCertificate(cn, now.Add(end), ca)
	if err != nil {
		return nil, err
	}
	s.certs[name], s.Vars[cn], s.Vars[cn+".thumbprint"] = c, c.pem, thumbprint(c.pair.Certificate[0])
	return c, nil
}

// makeCertificate makes a certificate that ca has signed, or itself when that is
// nil.
func makeCertificate(cn string, end time.Time, ca *certificate) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	organization := "Simulated"
	if strings.HasPrefix(cn, "DigiCert") {
		organization = "DigiCert Inc" // by which checks know a public authority
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: cn, Organization: []string{organization}},
		NotBefore: end.Add(-4 * 365 * 24 * time.Hour), NotAfter: end, BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer, chain := t, any(key), [][]byte(nil)
	if ca != nil {
		parent, signer, chain = ca.parsed, ca.pair.PrivateKey, ca.pair.Certificate
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pair := tls.Certificate{Certificate: append([][]byte{der}, chain...), PrivateKey: key}
	return &certificate{pair, t, string(text)}, nil
}
