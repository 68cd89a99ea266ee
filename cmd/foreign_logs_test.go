package cmd

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"golang.org/x/tools/txtar"
)

// Logs in which there is no fault of the product give nothing above info: those of
// other programs, and those of the incidents without the lines of their faults.
func TestLogsWithoutFault(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if packs, err := filepath.Glob(filepath.Join(root, "cmd/asrdiag/packs/*.asrpack")); err != nil || len(packs) == 0 {
		program.Missing(t, "the check packs are not built")
	}
	dir := t.TempDir()
	build(t, root, dir, "linux", "asrdiag")
	healthy, err := txtar.ParseFile(filepath.Join(root, "bundles/testdata/incidents/healthy.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	asrdiag := filepath.Join(dir, "asrdiag")
	t.Run("foreign", func(t *testing.T) { testForeignLogs(t, root, asrdiag, healthy) })
	t.Run("incidents", func(t *testing.T) { testQuietLogs(t, root, asrdiag, healthy) })
}

// testForeignLogs: what other programs log is no fault of the product. The logs of
// real ones, full of errors, in the place of all logs of a healthy server and behind
// them, for either role.
func testForeignLogs(t *testing.T, root, asrdiag string, healthy *txtar.Archive) {
	dir := t.TempDir()
	for name, text := range map[string][]byte{"go server": goServer(t), "nginx": nginx(t), "machine": machineLogs(t), "wine": wineLogs(t)} {
		if len(text) == 0 {
			t.Logf("%s: skipped: no log", name)
			continue
		}
		for _, behind := range []bool{false, true} {
			writeForeign(t, healthy, text, behind, filepath.Join(dir, fmt.Sprintf("%s-%t.zip", strings.ReplaceAll(name, " ", "-"), behind)))
		}
	}
	for _, role := range []string{"process-server", "source-machine"} {
		for _, r := range analyzeAll(t, asrdiag, dir, "--role", role) {
			nothingAboveInfo(t, r, role)
		}
	}
}

// writeForeign writes the healthy bundle with the text as every log, or at the end
// of every log, and as logs of a source machine.
func writeForeign(t *testing.T, healthy *txtar.Archive, text []byte, behind bool, path string) {
	t.Helper()
	ar := &txtar.Archive{Comment: healthy.Comment}
	for _, f := range healthy.Files {
		switch {
		case strings.HasPrefix(f.Name, "logs/") && behind:
			f.Data = append(bytes.Clone(f.Data), text...)
		case strings.HasPrefix(f.Name, "logs/"):
			f.Data = text
		}
		ar.Files = append(ar.Files, f)
	}
	for _, name := range []string{"logs/svagents/C/x/svagents_curr_1.log", "logs/s2/C/x/s2_curr_1.log", "logs/appservice/C/x/appservice.log", "logs/system/var/log/syslog", "logs/cxpsclient-run/cxpsclient.txt"} {
		ar.Files = append(ar.Files, txtar.File{Name: name, Data: text})
	}
	writeTree(t, ar, path)
}

func nothingAboveInfo(t *testing.T, r report.Report, role string) {
	t.Helper()
	if r.Summary.Pass+r.Summary.Insufficient == 0 {
		t.Errorf("%s as %s: no check has looked at it", r.Bundle.File, role)
	}
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if f.Severity != abi.Info {
				t.Errorf("%s as %s: %s of %s: %s\n%+v", r.Bundle.File, role, f.Severity, c.ID, f.Title, f.Evidence)
			}
		}
	}
}

// goServer is what an HTTPS server of Go logs under load, of clients that break
// off, speak no TLS, do not trust it, and of a handler that panics.
func goServer(t *testing.T) []byte {
	t.Helper()
	var text syncBuffer
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			panic("connection attempt failed: no such file")
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	s.Config.ErrorLog = log.New(&text, "", log.LstdFlags|log.Lmicroseconds)
	s.StartTLS()
	defer s.Close()
	address := s.Listener.Addr().String()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for i := range 25 {
				spoil(address, i)
			}
			for range 10 {
				for _, c := range []*http.Client{s.Client(), http.DefaultClient} { // the second one does not trust it
					if r, err := c.Get(s.URL + "/broken"); err == nil {
						r.Body.Close()
					}
				}
			}
		})
	}
	wait.Wait()
	s.Close()
	if n := text.lines(); n < 100 {
		t.Fatalf("the server logged %d lines", n)
	}
	return text.bytes()
}

// spoil opens a connection and does not do what is expected on it.
func spoil(address string, i int) {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return
	}
	defer c.Close()
	switch i % 3 {
	case 0: // breaks off
	case 1:
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	case 2:
		_ = tls.Client(c, &tls.Config{ServerName: "x"}).Handshake()
	}
}

// nginx is what an nginx writes in front of a server that is off; nil without one.
func nginx(t *testing.T) []byte {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		return nil
	}
	dir := t.TempDir()
	off, on := freePort(t), freePort(t)
	config := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log info;
events {}
http {
 access_log %[1]s/access.log; client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
 server { listen %[2]s; location / { proxy_pass http://%[3]s; } location /files { root %[1]s/none; } }
}
`, dir, on, off)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", filepath.Join(dir, "conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	}()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if c, err := net.Dial("tcp", on); err == nil {
			c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	for i := range 300 {
		if r, err := http.Get("http://" + on + []string{"/putfile", "/files/x", "/"}[i%3]); err == nil {
			r.Body.Close()
		}
	}
	var out []byte
	for _, name := range []string{"error.log", "access.log"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw...)
	}
	if n := bytes.Count(out, []byte("\n")); n < 300 {
		t.Fatalf("nginx logged %d lines", n)
	}
	return out
}

// freePort is an address on loopback where nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// machineLogs are the logs of the machine that the test runs on, as far as they
// can be read: its packages, its journal.
func machineLogs(t *testing.T) (out []byte) {
	t.Helper()
	for _, glob := range []string{"/var/log/*.log", "/var/log/*/*.log", "/var/log/syslog"} {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if raw, err := os.ReadFile(name); err == nil {
				out = append(out, raw[:min(len(raw), 256<<10)]...)
			}
		}
	}
	if journal, err := exec.Command("journalctl", "--no-pager", "-n", "2000").Output(); err == nil {
		out = append(out, journal...)
	}
	return bytes.ReplaceAll(out, []byte{0}, nil)
}

// syncBuffer takes lines of several goroutines.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}

func (b *syncBuffer) lines() int { return bytes.Count(b.bytes(), []byte("\n")) }
