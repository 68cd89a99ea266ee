package timesync

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"

	"github.com/beevik/ntp"

	"github.com/asrdiag/asrdiag/bundles"
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
}

// Offset is the difference reference time minus host time.
type Offset struct {
	Seconds, Error float64
	Source         string
}

// Measure asks the SNTP servers, all at once, and then the HTTPS servers when
// none of the former answered. Every attempt is returned, in the order of the
// targets; the offset is that of the smallest error, nil when nobody answered.
func Measure(ctx context.Context, t Targets) (*Offset, []bundles.TimeAttempt) {
	attempts := all(ctx, t.SNTP, askSNTP)
	if best(attempts) == nil {
		attempts = append(attempts, all(ctx, t.HTTPS, func(ctx context.Context, target string) bundles.TimeAttempt {
			return askHTTPS(ctx, target, t.Roots)
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
	dial := func(_, remote string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "udp", remote)
		if err == nil {
			a.Local, a.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
		}
		return c, err
	}
	r, err := ntp.QueryWithOptions(target, ntp.QueryOptions{Timeout: sntpTimeout, Dialer: dial})
	if err == nil {
		err = r.Validate()
	}
	if err != nil {
		a.Error = err.Error()
		return a
	}
	set(&a, r.ClockOffset.Seconds(), r.RTT.Seconds()/2+r.RootDispersion.Seconds()+r.RootDelay.Seconds()/2)
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
func askHTTPS(ctx context.Context, target string, roots *x509.CertPool) bundles.TimeAttempt {
	target = withPort(target, "443")
	a := bundles.TimeAttempt{T: time.Now().UTC(), Source: "https-date:" + target}
	ctx, cancel := context.WithTimeout(ctx, httpsTimeout)
	defer cancel()
	host, _, _ := net.SplitHostPort(target)
	d := tls.Dialer{Config: &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} // verified below, by the server's time
	c, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	defer c.Close()
	a.Local, a.Remote = c.LocalAddr().String(), c.RemoteAddr().String()
	deadline, _ := ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		a.Error = err.Error()
		return a
	}
	sent := time.Now()
	date, err := head(c, host)
	rtt := time.Since(sent)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	middle := sent.Add(rtt / 2)
	verified := verify(c.(*tls.Conn).ConnectionState(), host, date, roots)
	a.Verified = &verified
	set(&a, date.Add(500*time.Millisecond).Sub(middle).Seconds(), 0.5+rtt.Seconds()/2)
	return a
}

// maxHeader bounds what is read of an answer.
const maxHeader = 64 << 10

// head sends a HEAD request and reads the Date header of the answer.
func head(c io.ReadWriter, host string) (time.Time, error) {
	if _, err := fmt.Fprintf(c, "HEAD / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nUser-Agent: asrcollect\r\n\r\n", host); err != nil {
		return time.Time{}, err
	}
	r := textproto.NewReader(bufio.NewReader(io.LimitReader(c, maxHeader)))
	status, err := r.ReadLine()
	if err != nil {
		return time.Time{}, fmt.Errorf("read answer: %w", err)
	}
	if !strings.HasPrefix(status, "HTTP/1.") {
		return time.Time{}, errors.New("the answer is not HTTP")
	}
	h, err := r.ReadMIMEHeader()
	if err != nil && len(h) == 0 {
		return time.Time{}, fmt.Errorf("read answer: %w", err)
	}
	date, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", h.Get("Date"))
	if err != nil {
		return time.Time{}, fmt.Errorf("the answer has no Date: %q", h.Get("Date"))
	}
	return date, nil
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
