package collector

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/timesync"
)

// TestBundle compares a bundle with this machine.
func TestBundle(t *testing.T) {
	t.Setenv("https_proxy", "http://user:"+secret+"@10.0.0.1:8080")
	m := newMachine(t)
	opt := m.options()
	opt.Duration, opt.Interval = 3*time.Second, time.Second // none is late on a busy machine
	opt.Probes = []string{"127.0.0.1:1"}
	sum, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	if sum.Complete || sum.Role != "source-machine" || sum.Window.Samples != 3 {
		t.Errorf("summary = %+v, want it to lack the services only", sum)
	}
	for _, l := range sum.Lacking {
		if l.Name != "services" || l.Status != bundles.StatusSkipped || !strings.Contains(l.Error, "bus") {
			t.Errorf("lacking: %+v", l)
		}
	}
	checkHost(t, b)
	checkProcesses(t, b)
	checkEvidence(t, b, m)
	checkNoSecret(t, sum.Path)
	checkSchemas(t, b)
	if order := b.Manifest.Files[0].Path; order != "facts/start/processes.json" {
		t.Errorf("the first file is %s, want the most volatile", order)
	}
}

func procField(t *testing.T, file, key string) int64 {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(l, key); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s has no %s", file, key)
	return 0
}

func checkHost(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	h := fact[bundles.HostFact](t, b, "host")
	name, _ := os.Hostname()
	if h.Name != name || int64(h.MemoryBytes) != procField(t, "/proc/meminfo", "MemTotal:")*1024 || h.BootTime == nil || h.BootTime.Unix() != procField(t, "/proc/stat", "btime") {
		t.Errorf("host = %+v", h)
	}
	if b.Manifest.Host.Name != name || b.Manifest.Host.Role != "source-machine" || len(b.Manifest.Host.RoleEvidence) != 2 || len(h.UTCOffsets) == 0 {
		t.Errorf("manifest's host = %+v", b.Manifest.Host)
	}
	_, loc := timesync.Zone()
	if _, want := time.Now().In(loc).Zone(); h.UTCOffsets[len(h.UTCOffsets)-1].Seconds != want {
		t.Errorf("offsets %v, now it is %d", h.UTCOffsets, want)
	}
	n := fact[bundles.Network](t, b, "network")
	ifs, _ := net.Interfaces()
	if len(n.Items) != len(ifs) || n.ProxyEnv["https_proxy"] != "http://10.0.0.1:8080" {
		t.Errorf("network = %+v", n)
	}
}

func checkProcesses(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	for _, p := range fact[bundles.Processes](t, b, "processes").Items {
		switch {
		case p.PID == int32(os.Getpid()):
			if !p.Collector || !p.Watched || !strings.HasPrefix(p.CommandLine, os.Args[0]) || int(p.PPID) != os.Getppid() || p.RSSBytes == 0 || p.Started == nil || time.Since(*p.Started) > time.Hour || time.Since(*p.Started) < 0 {
				t.Errorf("this process = %+v", p)
			}
		case p.CommandLine != "":
			t.Errorf("the command line of a process that is not watched: %+v", p)
		}
	}
	start, err := bundles.ReadLimited(b.FS, "facts/start/processes.json", 1<<20)
	if err != nil || len(start) == 0 {
		t.Errorf("first reading: %v", err)
	}
	samples := 0
	var last time.Time
	for s, err := range b.Samples() {
		if err != nil {
			t.Fatal(err)
		}
		io, ok := s.ProcessIO[filepath.Base(os.Args[0])]
		if s.CPU == nil || *s.CPU < 0 || *s.CPU > 1 || s.Memory == nil || s.Filesystem["/"] <= 0 || s.Collector == nil || !ok || io.PID != int32(os.Getpid()) {
			t.Errorf("sample %d = %+v", samples, s)
		}
		if due := b.Manifest.Window.Start.Add(time.Duration(samples+1) * time.Second); s.T.Before(due) || !s.T.After(last) {
			t.Errorf("sample %d was taken at %v, was due at %v", samples, s.T, due)
		}
		last = s.T
		samples++
	}
	if w := b.Manifest.Window; samples != w.Samples || w.ExpectedSamples != 3 || w.RequestedSeconds != 3 || w.End.Before(last) {
		t.Errorf("%d samples, window %+v", samples, w)
	}
}

func checkEvidence(t *testing.T, b *bundles.Bundle, m machine) {
	t.Helper()
	found := false
	c := fact[bundles.Connections](t, b, "connections")
	for _, i := range c.Items {
		found = found || i.Local == m.listener.Addr().String() && i.States[0] == "LISTEN" && i.PID == int32(os.Getpid())
	}
	if !found || c.Readings != 5 {
		t.Errorf("connections = %+v, want the listener of the test, read 5 times", c)
	}
	p := fact[bundles.Probes](t, b, "probes").Items
	if len(p) != 2 || p[0].Target != m.listener.Addr().String() || p[0].Legs[0].Status != "ok" || p[0].Origin != "config:agent" || p[1].Legs[0].Status != "refused" || p[1].Name != "data-port" {
		t.Errorf("probes = %+v", p)
	}
	f := fact[bundles.Files](t, b, "files").Items
	if len(f) != 2 || !f[0].Exists || f[1].Exists || f[1].Error != "" {
		t.Errorf("files = %+v", f)
	}
	raw, err := bundles.ReadLimited(b.FS, "logs/a"+m.dir+"/log/a.log", 1000)
	if want := "2026-03-01 10:00:00 start, port 9443\n2026-03-01 10:00:01 connect password=[REDACTED:password]\n"; err != nil || string(raw) != want {
		t.Errorf("log = %q, %v", raw, err)
	}
	if s := rowOf(t, b, "logs/none"); s.Status != bundles.StatusOK {
		t.Errorf("a glob without a file: %+v", s)
	}
	if n := b.Manifest.Privacy; n.Mode != "standard" || n.Counts["password"] == 0 || n.Counts["userinfo"] == 0 {
		t.Errorf("privacy = %+v", n)
	}
}

// checkNoSecret looks into every byte of every entry, and at the names.
func checkNoSecret(t *testing.T, path string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil || bytes.Contains(raw, []byte(secret)) || strings.Contains(f.Name, secret) {
			t.Errorf("%s holds the secret (%v)", f.Name, err)
		}
	}
}

// checkSchemas holds the documents against the schemas of the format.
func checkSchemas(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	const base = "https://github.com/asrdiag/asrdiag/raw/main/docs/schema/"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, name := range []string{"manifest.schema.json", "facts.schema.json"} {
		raw, err := os.ReadFile("../docs/schema/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(base+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	check := func(path, ref string, raw []byte) {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.MustCompile(base + ref).Validate(doc); err != nil {
			t.Errorf("%s: %v\n%s", path, err, raw)
		}
	}
	for _, p := range b.Paths() {
		raw, err := bundles.ReadLimited(b.FS, p, 1<<24)
		if err != nil {
			t.Fatal(err)
		}
		switch kind := bundles.SourceOf(p); {
		case p == bundles.ManifestPath:
			check(p, "manifest.schema.json", raw)
		case p == bundles.SamplesPath:
			for l := range bytes.Lines(raw) {
				check(p, "facts.schema.json#/$defs/sample", l)
			}
		case strings.HasPrefix(p, "facts/"):
			check(p, "facts.schema.json#/$defs/"+kind, raw)
		}
	}
}
