package timesync

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// sntpServer answers SNTP requests by a clock that is off.
func sntpServer(t *testing.T, off time.Duration, stratum byte) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	stamp := func(at time.Time) uint64 {
		s := uint64(at.Unix() + 2208988800)
		return s<<32 | uint64(at.Nanosecond())<<32/1e9
	}
	go func() {
		buf := make([]byte, 128)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if n < 48 {
				continue
			}
			now := time.Now().Add(off)
			out := make([]byte, 48)
			out[0], out[1], out[3] = 4<<3|4, stratum, 0xec // version 4, server
			copy(out[24:32], buf[40:48])
			binary.BigEndian.PutUint64(out[16:], stamp(now.Add(-time.Minute)))
			binary.BigEndian.PutUint64(out[32:], stamp(now))
			binary.BigEndian.PutUint64(out[40:], stamp(now))
			_, _ = c.WriteTo(out, from)
		}
	}()
	return c.LocalAddr().String()
}

// httpsServer answers HEAD requests with a Date that is off. Its certificate is
// made for the test.
func httpsServer(t *testing.T, off time.Duration, header string) (string, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(off)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, off, header)
		}
	}()
	return l.Addr().String(), pool
}

func answer(c net.Conn, off time.Duration, header string) {
	defer c.Close()
	r := bufio.NewReader(c)
	first, err := r.ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "HEAD / HTTP/1.1") {
		return
	}
	for line := first; strings.TrimSpace(line) != ""; {
		if line, err = r.ReadString('\n'); err != nil {
			return
		}
	}
	if header == "" {
		header = "Date: " + time.Now().Add(off).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") + "\r\n"
	}
	fmt.Fprintf(c, "HTTP/1.1 403 Forbidden\r\n%s\r\n", header)
}

func near(t *testing.T, what string, got *float64, want, slack float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > slack {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, slack)
	}
}

func TestSNTP(t *testing.T) {
	bad := sntpServer(t, 0, 0) // a kiss of death
	good := sntpServer(t, 90*time.Second, 2)
	off, attempts := Measure(context.Background(), Targets{SNTP: []string{bad, good}, HTTPS: []string{"127.0.0.1:1"}})
	if off == nil || off.Source != "sntp:"+good {
		t.Fatalf("offset = %+v, attempts %+v", off, attempts)
	}
	near(t, "offset", &off.Seconds, 90, 1)
	if len(attempts) != 2 || attempts[0].Error == "" || attempts[0].OffsetSeconds != nil || attempts[1].Error != "" {
		t.Errorf("attempts = %+v, want one error, one offset and no question over HTTPS", attempts)
	}
	if attempts[1].Remote != good || !strings.HasPrefix(attempts[1].Local, "127.0.0.1:") {
		t.Errorf("endpoints = %q, %q", attempts[1].Local, attempts[1].Remote)
	}
}

func TestHTTPSDate(t *testing.T) {
	for _, c := range []struct {
		name    string
		off     time.Duration
		trusted bool
	}{{"behind, trusted", -20 * time.Minute, true}, {"years ahead, trusted", 3 * 365 * 24 * time.Hour, true}, {"untrusted", 40 * time.Second, false}} {
		t.Run(c.name, func(t *testing.T) {
			addr, pool := httpsServer(t, c.off, "")
			if !c.trusted {
				pool = x509.NewCertPool()
			}
			off, attempts := Measure(context.Background(), Targets{HTTPS: []string{addr}, Roots: pool})
			if off == nil || off.Source != "https-date:"+addr {
				t.Fatalf("offset = %+v, attempts %+v", off, attempts)
			}
			near(t, "offset", &off.Seconds, c.off.Seconds(), 1.5)
			if off.Error < 0.5 || off.Error > 2 {
				t.Errorf("error = %v, want at least half a second", off.Error)
			}
			if a := attempts[0]; a.Verified == nil || *a.Verified != c.trusted || a.Remote != addr || a.Local == "" {
				t.Errorf("attempt = %+v", a)
			}
		})
	}
}

// TestThroughProxy asks the same servers through the proxy when none could be
// reached directly.
func TestThroughProxy(t *testing.T) {
	addr, pool := httpsServer(t, time.Minute, "")
	var asked []string
	proxy := func(ctx context.Context, target string) (net.Conn, error) {
		asked = append(asked, target)
		return dial(ctx, addr)
	}
	off, attempts := Measure(context.Background(), Targets{HTTPS: []string{"127.0.0.1:1"}, Roots: pool, Proxy: proxy})
	if off == nil || off.Source != "https-date:127.0.0.1:1" || len(attempts) != 2 {
		t.Fatalf("offset = %+v, attempts %+v", off, attempts)
	}
	near(t, "offset", &off.Seconds, 60, 1.5)
	if a := attempts[0]; a.Via != "" || a.Error == "" || a.T.IsZero() {
		t.Errorf("directly: %+v", a)
	}
	if a := attempts[1]; a.Via != bundles.ViaProxy || a.Remote != addr || a.Local == "" || a.Verified == nil || !*a.Verified {
		t.Errorf("through the proxy: %+v", a)
	}
	if _, attempts := Measure(context.Background(), Targets{HTTPS: []string{addr}, Roots: pool, Proxy: proxy}); len(attempts) != 1 || len(asked) != 1 {
		t.Errorf("%d attempts, the proxy was asked for %q, although the direct way works", len(attempts), asked)
	}
}

func TestHTTPSWithoutDate(t *testing.T) {
	addr, _ := httpsServer(t, 0, "Server: x\r\n")
	off, attempts := Measure(context.Background(), Targets{HTTPS: []string{addr}})
	if off != nil || len(attempts) != 1 || !strings.Contains(attempts[0].Error, "no Date") || attempts[0].OffsetSeconds != nil {
		t.Errorf("offset = %v, attempts %+v", off, attempts)
	}
}

func TestTrustedFirst(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	b := func(v bool) *bool { return &v }
	got := best([]bundles.TimeAttempt{{Source: "a", OffsetSeconds: f(1), ErrorSeconds: f(0.5), Verified: b(false)}, {Source: "b", OffsetSeconds: f(2), ErrorSeconds: f(0.9), Verified: b(true)}})
	if got == nil || got.Source != "b" {
		t.Errorf("best = %+v, want the server with a trusted certificate", got)
	}
}

// TestNobody is bounded although nothing answers.
func TestNobody(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	begin := time.Now()
	off, attempts := Measure(context.Background(), Targets{SNTP: []string{silent.LocalAddr().String()}, HTTPS: []string{"127.0.0.1:1"}})
	if off != nil || len(attempts) != 2 || attempts[0].Error == "" || attempts[1].Error == "" {
		t.Errorf("offset %v, attempts %+v", off, attempts)
	}
	if took := time.Since(begin); took > sntpTimeout+httpsTimeout+time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestOffsets(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	got := Offsets(berlin, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	want := []bundles.UTCOffset{
		{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Seconds: 3600},
		{From: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), Seconds: 7200},
		{From: time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), Seconds: 3600},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Offsets = %v, want %v", got, want)
	}
	if got := Offsets(time.UTC, time.Unix(0, 0), time.Unix(1e9, 0)); len(got) != 1 || got[0].Seconds != 0 {
		t.Errorf("Offsets of UTC = %v", got)
	}
}
