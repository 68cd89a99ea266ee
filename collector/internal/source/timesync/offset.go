package timesync

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"math"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/httphead"
)

// Limits of the whole measurement: a few seconds at most.
const (
	sntpTimeout  = 1500 * time.Millisecond
	httpsTimeout = 3 * time.Second
	maxTargets   = 4 // of each kind
)

// Targets are hosts or host:port.
type Targets struct {
	SNTP, HTTPS []string
	// Roots verify the HTTPS servers; nil: the system's.
	Roots *x509.CertPool
	// Proxy connects to HOST:PORT through the proxy; nil: there is none.
	Proxy func(ctx context.Context, target string) (net.Conn, error)
}

// Offset is the difference reference time minus host time.
type Offset struct {
	Seconds, Error float64
	Source         string
}

// Measure asks the SNTP servers, all at once, then the HTTPS servers when none
// of the former answered, and those through the proxy when none did directly.
// Every attempt is returned, in the order of the targets; the offset is that of
// the smallest error, nil when nobody answered.
func Measure(ctx context.Context, t Targets) (*Offset, []bundles.TimeAttempt) {
	attempts := all(ctx, t.SNTP, askSNTP)
	if best(attempts) == nil {
		attempts = append(attempts, all(ctx, t.HTTPS, func(ctx context.Context, target string) bundles.TimeAttempt {
			return askHTTPS(ctx, target, t.Roots, dial)
		})...)
	}
	if best(attempts) == nil && t.Proxy != nil {
		attempts = append(attempts, all(ctx, t.HTTPS, func(ctx context.Context, target string) bundles.TimeAttempt {
			a := askHTTPS(ctx, target, t.Roots, t.Proxy)
			a.Via = bundles.ViaProxy
			return a
		})...)
	}
	return best(attempts), attempts
}

func all(ctx context.Context, targets []string, ask func(context.Context, string) bundles.TimeAttempt) []bundles.TimeAttempt {
	targets = targets[:min(len(targets), maxTargets)]
	out := make([]bundles.TimeAttempt, len(targets))
	var wg sync.WaitGroup
	for i, target := range targets {
		wg.Go(func() { out[i] = ask(ctx, target) })
	}
	wg.Wait()
	return out
}

// best prefers a server whose certificate was verified, then the smaller error.
func best(attempts []bundles.TimeAttempt) *Offset {
	var out *Offset
	trusted := false
	for _, a := range attempts {
		if a.OffsetSeconds == nil {
			continue
		}
		ok := a.Verified == nil || *a.Verified
		if out == nil || ok && !trusted || ok == trusted && *a.ErrorSeconds < out.Error {
			out, trusted = &Offset{Seconds: *a.OffsetSeconds, Error: *a.ErrorSeconds, Source: a.Source}, ok
		}
	}
	return out
}

// withPort adds the port when a target has none.
func withPort(target, port string) string {
	if _, _, err := net.SplitHostPort(target); err == nil {
		return target
	}
	return net.JoinHostPort(strings.Trim(target, "[]"), port)
}

// askSNTP asks one SNTP server.
func askSNTP(ctx context.Context, target string) bundles.TimeAttempt {
	target = withPort(target, "123")
	a := bundles.TimeAttempt{T: time.Now().UTC(), Source: "sntp:" + target}
	ctx, cancel := context.WithTimeout(ctx, sntpTimeout)
	defer cancel()
	var d net.Dialer
	c, err := d.DialContext(ctx, "udp", target)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	defer c.Close()
	a.Local, a.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
	r, err := query(ctx, c)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	set(&a, r.offset.Seconds(), r.distance.Seconds())
	return a
}

func set(a *bundles.TimeAttempt, offset, uncertainty float64) {
	round := func(f float64) *float64 { f = math.Round(f*1e6) / 1e6; return &f }
	a.OffsetSeconds, a.ErrorSeconds = round(offset), round(uncertainty)
}

// askHTTPS reads the Date header of one HTTPS server. It has whole seconds,
// cut off, so half a second is added to it and to the error. A certificate that
// does not verify is noted and not an error: the header is evidence, nothing
// is trusted because of it.
func askHTTPS(ctx context.Context, target string, roots *x509.CertPool, connect func(context.Context, string) (net.Conn, error)) bundles.TimeAttempt {
	target = withPort(target, "443")
	a := bundles.TimeAttempt{T: time.Now().UTC(), Source: "https-date:" + target}
	ctx, cancel := context.WithTimeout(ctx, httpsTimeout)
	defer cancel()
	raw, err := connect(ctx, target)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	defer raw.Close()
	a.Local, a.Remote = raw.LocalAddr().String(), raw.RemoteAddr().String()
	if err := readDate(ctx, &a, raw, target, roots); err != nil {
		a.Error = err.Error()
	}
	return a
}

func dial(ctx context.Context, target string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", target)
}

// readDate shakes hands, asks and compares.
func readDate(ctx context.Context, a *bundles.TimeAttempt, raw net.Conn, target string, roots *x509.CertPool) error {
	deadline, _ := ctx.Deadline()
	if err := raw.SetDeadline(deadline); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(target)
	c := tls.Client(raw, &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) // verified below, by the server's time
	defer c.Close()
	if err := c.HandshakeContext(ctx); err != nil {
		return err
	}
	field := host
	if strings.Contains(host, ":") {
		field = "[" + host + "]"
	}
	sent := time.Now()
	h, err := httphead.Ask(c, httphead.Request{Method: "HEAD", Target: "/", Host: field})
	rtt := time.Since(sent)
	if h.Status == 0 {
		return err
	}
	date, err := h.Date()
	if err != nil {
		return err
	}
	verified := verify(c.ConnectionState(), host, date, roots)
	a.Verified = &verified
	set(a, date.Add(500*time.Millisecond).Sub(sent.Add(rtt/2)).Seconds(), 0.5+rtt.Seconds()/2)
	return nil
}

// verify checks the chain at the server's time: by a wrong clock every
// certificate would be expired.
func verify(st tls.ConnectionState, host string, at time.Time, roots *x509.CertPool) bool {
	if len(st.PeerCertificates) == 0 {
		return false
	}
	inter := x509.NewCertPool()
	for _, c := range st.PeerCertificates[1:] {
		inter.AddCert(c)
	}
	_, err := st.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, CurrentTime: at, Roots: roots, Intermediates: inter})
	return err == nil
}
