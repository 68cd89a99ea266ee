package collector

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// secret is planted wherever a customer's secret may be; it must be nowhere in
// a bundle.
const secret = "hunter2Zm9vYmFy"

// machine is a profile of the test's own with the files that it names.
type machine struct {
	dir, out, profile string
	listener          net.Listener
}

func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{dir: t.TempDir(), out: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m.listener = l
	_, port, _ := net.SplitHostPort(l.Addr().String())
	self := filepath.Base(os.Args[0])
	for name, text := range map[string]string{
		"agent.conf":                     "[transport]\nHostname=127.0.0.1\nPort=" + port + "\nPassword=" + secret + "\nProxy=http://u:" + secret + "@10.0.0.1:8080\n",
		"log/a.log":                      "2026-03-01 10:00:00 start, port 9443\n2026-03-01 10:00:01 connect password=" + secret + "\n",
		"log/" + secret + ".skip":        "not in the globs\n",
		"log/token=" + secret + "ab.log": "a name with a secret\n",
		"marker":                         "",
	} {
		path := filepath.Join(m.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.profile = filepath.Join(m.dir, "profile.json")
	doc := fmt.Sprintf(`{"name":"test","version":"1.2.3","title":"t",
		"roles":[{"role":"source-machine","all":[{"file":%q},{"config":"agent","key":"transport:Port","equals":%q}],"why":"w"}],
		"services":[{"name":"vxagent","why":"w"}],
		"processes":{"watch":[%q],"why":"w"},
		"connections":{"processes":[%q],"why":"w"},
		"config":[{"name":"agent","paths":[%q],"keys":["transport:Hostname","transport:Port","transport:Proxy","transport:Password"],"why":"w"}],
		"files":[{"name":"marker","path":%q,"why":"w"},{"name":"none","path":"/nonesuch","why":"w"}],
		"logs":[{"id":"a","globs":[%q],"when":"first","why":"w"},{"id":"none","globs":["/nonesuch/*.log"],"why":"w"}],
		"probes":[{"name":"data-port","from_config":{"config":"agent","host":"transport:Hostname","port":"transport:Port"},"flag":true,"why":"w"}],
		"time":{}}`, m.dir+"/marker", port, self, self, m.dir+"/agent.conf", m.dir+"/marker", m.dir+"/log/*.log")
	if err := os.WriteFile(m.profile, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m machine) options() Options {
	return Options{
		Version: "test", Duration: 600 * time.Millisecond, Interval: 200 * time.Millisecond, Out: m.out, Profile: m.profile,
		MaxSize: 100 << 20, LogAge: 72 * time.Hour, Bus: "unix:path=" + m.dir + "/no-bus",
		Lock: "asrcollect-test-" + m.listener.Addr().String(), // nothing else has it
		test: testOptions{agreed: true},
	}
}

func openBundle(t *testing.T, path string) *bundles.Bundle {
	t.Helper()
	r, err := bundlezip.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	if in, err := b.Verify(context.Background()); err != nil || !in.OK {
		t.Fatalf("the bundle does not verify: %v, %+v", err, in.Problems)
	}
	return b
}

func fact[T any](t *testing.T, b *bundles.Bundle, kind string) T {
	t.Helper()
	v, err := bundles.Fact[T](b, kind)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func rowOf(t *testing.T, b *bundles.Bundle, name string) bundles.Source {
	t.Helper()
	s, ok := b.Source(name)
	if !ok {
		t.Fatalf("the manifest has no source %q", name)
	}
	return s
}
