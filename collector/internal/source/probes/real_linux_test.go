package probes

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
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
	file := filepath.Join(dir, "server.pem")
	writePEM(t, file, leaf)
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

// TestNginx tries the large hello on the server that most others run.
func TestNginx(t *testing.T) {
	nginx := program.Path(t, "/usr/sbin/nginx")
	dir := t.TempDir()
	ca := newCA(t, "CA", nil)
	writePEM(t, filepath.Join(dir, "server.pem"), issue(t, ca, nil))
	port := freePort(t)
	conf := fmt.Sprintf(`daemon off; master_process off; pid nginx.pid; error_log stderr; worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server { listen 127.0.0.1:%s ssl http2; ssl_certificate server.pem; ssl_certificate_key server.pem; ssl_protocols TLSv1.2 TLSv1.3; return 503; }
}`, port)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, port, nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	r := New(Proxy{})
	r.roots = pool(ca)
	p := one(t, r, at(t, "127.0.0.1:"+port, all...))
	if got, want := course(p), "tcp ok, tls ok, tls-3k ok, http ok 503"; got != want || p.Legs[1].ALPN != "h2" || p.Legs[2].HelloBytes < 3000 {
		t.Errorf("%s, want %s: %+v", got, want, p)
	}
}

// TestTinyproxy goes through a proxy of another maker: open, with a password,
// and for other ports only.
func TestTinyproxy(t *testing.T) {
	tinyproxy := program.Path(t, "tinyproxy")
	server := listen(t, secured(serverConfig(issue(t, nil, nil)), answers("400 Bad Request")))
	_, serverPort, _ := net.SplitHostPort(server)
	for _, c := range []struct{ name, extra, want string }{
		{"open", "ConnectPort " + serverPort, "tcp ok, proxy ok 200, tls ok, tls-3k ok, http ok 400"},
		{"with a password", "BasicAuth user secret", "tcp ok, proxy failed 407, tls skipped, tls-3k skipped, http skipped"},
		{"for another port", "ConnectPort 1", "tcp ok, proxy failed 403, tls skipped, tls-3k skipped, http skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := freePort(t)
			file := filepath.Join(t.TempDir(), "tinyproxy.conf")
			conf := fmt.Sprintf("Port %s\nListen 127.0.0.1\nMaxClients 20\nTimeout 10\nAllow 127.0.0.1\n%s\n", port, c.extra)
			if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, port, tinyproxy, "-d", "-c", file)
			target := at(t, server, all...)
			target.Proxy = true
			f := New(newProxy("env:x", "127.0.0.1:"+port, "", "")).Run(t.Context(), []Target{target})
			p := f.Items[1]
			if got := course(p); got != c.want {
				t.Errorf("%s, want %s: %+v", got, c.want, p)
			}
			if l := last(p); l.HTTPStatus == 407 && (len(l.AuthSchemes) != 1 || l.AuthSchemes[0] != "Basic") {
				t.Errorf("schemes %q", l.AuthSchemes)
			}
		})
	}
}

func writePEM(t *testing.T, file string, a *authority) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// run starts a server and waits until it takes connections.
func run(t *testing.T, port, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		c, err := dial(ctx, "127.0.0.1:"+port)
		cancel()
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
