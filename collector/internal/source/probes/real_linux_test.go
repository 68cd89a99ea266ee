package probes

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// TestDropping: a port whose queue is full drops what comes, as a firewall does.
func TestDropping(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := joinTarget("127.0.0.1", name.(*syscall.SockaddrInet4).Port)
	for full := false; !full; {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		c, err := dial(ctx, address)
		cancel()
		if err == nil {
			defer c.Close()
		}
		full = err != nil
	}
	r := New(Proxy{})
	r.limits = soon()
	p := one(t, r, at(t, address, all...))
	if got, want := course(p), "tcp timeout, tls skipped, tls-3k skipped, http skipped"; got != want || p.Legs[0].Error != "no answer in time" || p.Legs[0].T == nil || p.Legs[0].Remote != address {
		t.Errorf("%s, want %s: %+v", got, want, p.Legs[0])
	}
}

// TestOpenSSL tries a server of another maker, in the versions that it can.
func TestOpenSSL(t *testing.T) {
	openssl := program.Path(t, "openssl")
	dir := t.TempDir()
	ca := newCA(t, "CA", nil)
	leaf := issue(t, ca, nil)
	key, err := x509.MarshalPKCS8PrivateKey(leaf.key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "server.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		version    string
		args       []string
	}{
		{"1.3", "tcp ok, tls ok, tls-3k ok, http ok 200", "TLS 1.3", []string{"-tls1_3"}},
		{"1.2", "tcp ok, tls ok, tls-3k ok, http ok 200", "TLS 1.2", []string{"-tls1_2"}},
		{"1.2 without tickets", "tcp ok, tls ok, tls-3k ok, http ok 200", "TLS 1.2", []string{"-tls1_2", "-no_ticket"}},
		{"1.1", "tcp ok, tls ok, tls-3k ok, http ok 200", "TLS 1.1", []string{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}},
		{"1.0", "tcp ok, tls ok, tls-3k ok, http ok 200", "TLS 1.0", []string{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}},
		{"a suite that is not offered", "tcp ok, tls failed, tls-3k skipped, http skipped", "", []string{"-tls1_2", "-cipher", "ECDHE-ECDSA-ARIA256-GCM-SHA384"}},
		{"wants a certificate", "tcp ok, tls failed, tls-3k skipped, http skipped", "", []string{"-tls1_2", "-Verify", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := startOpenSSL(t, openssl, append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", file, "-key", file, "-www", "-naccept", "20"}, c.args...))
			r := New(Proxy{})
			r.roots = pool(ca)
			p := one(t, r, at(t, address, all...))
			if got := course(p); got != c.want {
				t.Fatalf("%s, want %s: %+v", got, c.want, p)
			}
			leg := p.Legs[1]
			if leg.TLSVersion != c.version || c.version != "" && (!*leg.CertVerified || p.Legs[2].HelloBytes < 3000) || c.version == "" && !strings.Contains(leg.Error, "refused") && !leg.ClientCert {
				t.Errorf("leg %+v", leg)
			}
		})
	}
}

// startOpenSSL runs a server until the test ends and returns its address.
func startOpenSSL(t *testing.T, name string, args []string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() {
				for lines.Scan() {
				}
			}()
			if _, _, err := net.SplitHostPort(at); err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("%s %v did not start", name, args)
	return ""
}
