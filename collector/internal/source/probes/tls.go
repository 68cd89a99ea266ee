package probes

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/httphead"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// ticketBytes make the hello of tls-3k longer than 3,000 bytes.
const ticketBytes = 2816

// config is that of a client which talks to whatever is there: old versions and
// suites too, and no key share of a post-quantum method, which alone would make
// the hello large. The certificate is judged afterwards, and nothing that is said
// on the connection needs trust.
func (l *ladder) config(asked *bool, alpn ...string) *tls.Config {
	c := &tls.Config{
		ServerName: withoutZone(l.target.host), InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, NextProtos: alpn,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			*asked = true
			return &tls.Certificate{}, nil
		},
	}
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			c.CipherSuites = append(c.CipherSuites, s.ID)
		}
	}
	return c
}

// handshake makes one of the legs tls and tls-3k.
func (l *ladder) handshake(name string) bool {
	ctx, cancel := context.WithTimeout(l.ctx, l.limits.tls)
	defer cancel()
	leg, begin := start(name)
	c := l.config(&leg.ClientCert, "h2", "http/1.1")
	if name == profiles.LegTLS3 {
		cache, err := newLargeTicket()
		if err != nil {
			return l.finish(leg, begin, err)
		}
		c.ClientSessionCache = cache
	}
	raw, err := l.open(ctx)
	if err != nil {
		return l.finish(leg, begin, err)
	}
	conn, err := l.greet(ctx, &leg, raw, c)
	if err != nil {
		l.legs = append(l.legs, leg)
		return false
	}
	closeConn(conn)
	l.describe(&leg, conn.ConnectionState())
	l.legs = append(l.legs, leg)
	return true
}

// greet shakes hands and ends the leg.
func (l *ladder) greet(ctx context.Context, leg *bundles.Leg, raw net.Conn, c *tls.Config) (*tls.Conn, error) {
	leg.Local, leg.Remote = raw.LocalAddr().String(), raw.RemoteAddr().String()
	begin := time.Now()
	w := &watched{Conn: raw}
	conn := tls.Client(w, c)
	err := deadline(ctx, raw)
	if err == nil {
		err = conn.HandshakeContext(ctx)
	}
	leg.HelloBytes = w.hello
	*leg = ended(*leg, begin, err, func(err error) string { return handshakeWords(err, w.answer) })
	if err != nil {
		leg.HTTPStatus = httphead.ParseStatus(firstWords(w.answer))
		if leg.ClientCert {
			leg.Error += "; it had asked for a certificate of this machine"
		}
		closeConn(raw)
	}
	return conn, err
}

// firstWords is the begin of an answer up to the second space of a status line.
func firstWords(b []byte) string { return string(b[:min(len(b), len("HTTP/1.1 400"))]) }

// watched counts what is sent before the first answer and keeps how that begins.
type watched struct {
	net.Conn
	hello  int
	answer []byte
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	if len(w.answer) == 0 {
		w.hello += n
	}
	return n, err
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if keep := 64 - len(w.answer); keep > 0 {
		w.answer = append(w.answer, b[:min(n, keep)]...)
	}
	return n, err
}

// NetConn is the connection below.
func (w *watched) NetConn() net.Conn { return w.Conn }

// largeTicket is a session cache that has one made-up session for whatever
// server. Its ticket, an opaque value of any length that a server cannot read and
// then ignores (RFC 5077, section 3.1), makes the hello large without a word in
// it that an ordinary one has not.
type largeTicket struct{ state *tls.ClientSessionState }

func (c largeTicket) Get(string) (*tls.ClientSessionState, bool) { return c.state, true }
func (c largeTicket) Put(string, *tls.ClientSessionState)        {}

func newLargeTicket() (tls.ClientSessionCache, error) {
	state, err := tls.ParseSessionState(session())
	if err != nil {
		return nil, err
	}
	ticket := make([]byte, ticketBytes)
	_, _ = rand.Read(ticket) // never fails
	s, err := tls.NewResumptionState(ticket, state)
	return largeTicket{s}, err
}

// session encodes a session of TLS 1.2 as tls.SessionState does.
func session() []byte {
	cert := anyCertificate()
	u24 := func(b []byte, n int) []byte { return append(b, byte(n>>16), byte(n>>8), byte(n)) }
	b := binary.BigEndian.AppendUint16(nil, tls.VersionTLS12)
	b = append(b, 2) // of a client
	b = binary.BigEndian.AppendUint16(b, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	b = binary.BigEndian.AppendUint64(b, uint64(time.Now().Unix()))
	b = append(append(b, 48), make([]byte, 48)...) // the secret
	b = append(u24(b, 0), 1, 0)                    // nothing extra, extended master secret, no early data
	b = append(u24(u24(b, len(cert)+5), len(cert)), cert...)
	b = append(b, 0, 0)                           // no extensions of the certificate
	return append(u24(b, 0), 0, byte(tls.X25519)) // no verified chains, the curve
}

// anyCertificate is the smallest certificate in DER, valid for long, which a
// session has to have and nobody sees. Its key and signature are zeros.
func anyCertificate() []byte {
	der := func(tag byte, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		if len(body) < 128 {
			return append([]byte{tag, byte(len(body))}, body...)
		}
		return append([]byte{tag, 0x81, byte(len(body))}, body...)
	}
	const sequence, integer, bitString, utcTime, generalizedTime, version = 0x30, 2, 3, 0x17, 0x18, 0xa0
	ed25519 := der(sequence, []byte{6, 3, 0x2b, 0x65, 0x70})
	nobody := der(sequence)
	zeros := der(bitString, make([]byte, 33))
	valid := der(sequence, der(utcTime, []byte("000101000000Z")), der(generalizedTime, []byte("99991231235959Z")))
	to := der(sequence, der(version, der(integer, []byte{2})), der(integer, []byte{1}), ed25519, nobody, valid, nobody, der(sequence, ed25519, zeros))
	return der(sequence, to, ed25519, zeros)
}

// Limits of what is told of a certificate.
const (
	maxNames = 20
	maxChain = 8
)

// describe tells what was agreed and which certificate was shown. What an
// earlier leg told of the same certificate is not told again.
func (l *ladder) describe(leg *bundles.Leg, st tls.ConnectionState) {
	leg.TLSVersion, leg.TLSCipher, leg.ALPN = tls.VersionName(st.Version), tls.CipherSuiteName(st.CipherSuite), st.NegotiatedProtocol
	if len(st.PeerCertificates) == 0 {
		return
	}
	cert := st.PeerCertificates[0]
	sum := sha256.Sum256(cert.Raw)
	leg.CertSHA256 = hex.EncodeToString(sum[:])
	if slices.ContainsFunc(l.legs, func(o bundles.Leg) bool { return o.CertSHA256 == leg.CertSHA256 }) {
		return
	}
	from, to := cert.NotBefore.UTC(), cert.NotAfter.UTC()
	leg.CertSubject, leg.CertIssuer, leg.CertNotBefore, leg.CertNotAfter = cert.Subject.String(), cert.Issuer.String(), &from, &to
	leg.CertNames = certNames(cert)
	leg.ChainLength = len(st.PeerCertificates)
	for _, c := range st.PeerCertificates[:min(leg.ChainLength, maxChain)] {
		leg.ChainIssuers = append(leg.ChainIssuers, c.Issuer.String())
	}
	l.judge(leg, st.PeerCertificates)
}

func certNames(c *x509.Certificate) []string {
	out := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out[:min(len(out), maxNames)]
}

// judge says whether the machine trusts a certificate. A system's own verifier
// may ask the network for what the server did not send, so it has a limit.
func (l *ladder) judge(leg *bundles.Leg, chain []*x509.Certificate) {
	type verdict struct {
		problems []string
		err      error
	}
	done := make(chan verdict, 1)
	host, roots := withoutZone(l.target.host), l.roots
	go func() {
		p, err := problems(chain, host, roots, time.Now())
		done <- verdict{p, err}
	}()
	limit := time.NewTimer(l.limits.verify)
	defer limit.Stop()
	select {
	case v := <-done:
		ok := v.err == nil
		leg.CertVerified, leg.CertProblems = &ok, v.problems
		if !ok {
			leg.CertError = oneLine(v.err)
		}
	case <-limit.C:
		leg.CertError = "the system did not verify the certificate in time"
	case <-l.ctx.Done():
		leg.CertError = "the system did not verify the certificate in time"
	}
}

// maxIntermediates bounds the work on a chain; a true one has two or three.
const maxIntermediates = 16

// problems lists what is wrong with a certificate for a host at a time, and the
// first of it as an error.
func problems(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) ([]string, error) {
	leaf := chain[0]
	opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now}
	for _, c := range chain[1:min(len(chain), maxIntermediates+1)] {
		opts.Intermediates.AddCert(c)
	}
	_, err := leaf.Verify(opts)
	errs, inChain := []error{err}, err
	var out []string
	if word := dateWord(leaf, now); word != "" {
		out = append(out, word)
		// Is the issuer known apart from that?
		opts.CurrentTime = leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2)
		if _, inChain = leaf.Verify(opts); isExpired(inChain) {
			inChain = nil // the issuer's dates are others, which tells nothing more
		}
	}
	out = append(out, chainWords(inChain, leaf)...)
	if err := leaf.VerifyHostname(host); err != nil {
		out, errs = append(out, "name_mismatch"), append(errs, err)
	}
	return out, errors.Join(errs...)
}

func dateWord(leaf *x509.Certificate, now time.Time) string {
	switch {
	case now.Before(leaf.NotBefore):
		return "not_yet_valid"
	case now.After(leaf.NotAfter):
		return "expired"
	}
	return ""
}

func isExpired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// chainWords tells what keeps a certificate from leading to a known issuer.
func chainWords(err error, leaf *x509.Certificate) []string {
	switch {
	case err == nil:
		return nil
	case errors.As(err, &x509.UnknownAuthorityError{}) && bytes.Equal(leaf.RawIssuer, leaf.RawSubject):
		return []string{"self_signed", "unknown_issuer"}
	case errors.As(err, &x509.UnknownAuthorityError{}):
		return []string{"unknown_issuer"}
	case isExpired(err):
		return []string{"expired"} // another one of the chain
	}
	return []string{"invalid"}
}
