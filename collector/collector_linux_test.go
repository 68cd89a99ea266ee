package collector

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/collector/internal/source/services"
	"github.com/asrdiag/asrdiag/collector/internal/source/timesync"
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

// TestBundle compares a bundle with this machine.
func TestBundle(t *testing.T) {
	t.Setenv("https_proxy", "http://user:"+secret+"@10.0.0.1:8080")
	m := newMachine(t)
	opt := m.options()
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
		if due := b.Manifest.Window.Start.Add(time.Duration(samples+1) * 200 * time.Millisecond); s.T.Before(due) || !s.T.After(last) {
			t.Errorf("sample %d was taken at %v, was due at %v", samples, s.T, due)
		}
		last = s.T
		samples++
	}
	if w := b.Manifest.Window; samples != w.Samples || w.ExpectedSamples != 3 || w.RequestedSeconds != 0.6 || w.End.Before(last) {
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

// atPhase runs with an action at the begin of a phase and returns what is in the
// output folder afterwards.
func atPhase(t *testing.T, phase string, m machine, opt Options, act func()) (Summary, []string, error) {
	t.Helper()
	seen := false
	opt.Progress = func(p Progress) {
		if strings.HasPrefix(p.Phase, phase) && !seen {
			seen = true
			act()
		}
	}
	ctx := context.Background()
	sum, err := Run(ctx, opt)
	if !seen {
		t.Fatalf("there is no phase %q", phase)
	}
	return sum, leftOver(t, m.out), err
}

func leftOver(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestFinishEarly(t *testing.T) {
	for _, kind := range []Finish{FinishPhase, FinishAll} {
		m := newMachine(t)
		opt := m.options()
		opt.Duration = time.Hour
		finish := make(chan Finish, 1)
		opt.Finish = finish
		sum, left, err := atPhase(t, "averaging", m, opt, func() { finish <- kind })
		if err != nil || len(left) != 1 {
			t.Fatalf("%v, %v", err, left)
		}
		b := openBundle(t, sum.Path)
		s := rowOf(t, b, "metrics")
		if s.Status != bundles.StatusPartial || !strings.Contains(s.Error, "finished early") || b.Manifest.Window.ExpectedSamples != 18000 || b.Manifest.Window.RequestedSeconds != 3600 || sum.Complete {
			t.Errorf("kind %d: %+v, %+v", kind, s, b.Manifest.Window)
		}
		if !b.Has("facts/processes.json") || len(b.Match("logs/a/**")) != 2 {
			t.Error("what comes after the window is missing")
		}
	}
}

func TestCancel(t *testing.T) {
	for _, phase := range []string{"reading the state of the machine", "reading logs that live", "averaging", "reading the state of the machine again", "reading logs", "writing the bundle"} {
		m := newMachine(t)
		ctx, cancel := context.WithCancel(context.Background())
		opt := m.options()
		opt.Progress = func(p Progress) {
			if p.Phase == phase || strings.HasPrefix(p.Phase, phase) && phase != "reading the state of the machine" && phase != "reading logs" {
				cancel()
			}
		}
		_, err := Run(ctx, opt)
		cancel()
		if left := leftOver(t, m.out); !errors.Is(err, context.Canceled) || len(left) != 0 {
			t.Errorf("cancelled while %s: %v, left %v", phase, err, left)
		}
	}
}

func TestStdout(t *testing.T) {
	m := newMachine(t)
	var out bytes.Buffer
	opt := m.options()
	opt.Out, opt.Stdout = "-", &out
	sum, err := Run(context.Background(), opt)
	if err != nil || sum.Path != "-" || sum.Size != int64(out.Len()) {
		t.Fatalf("%+v, %v, %d bytes", sum, err, out.Len())
	}
	path := filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	openBundle(t, path)
}

func TestBadOptions(t *testing.T) {
	m := newMachine(t)
	for name, change := range map[string]func(*Options){
		"interval":   func(o *Options) { o.Interval = 0 },
		"duration":   func(o *Options) { o.Duration = time.Millisecond },
		"too long":   func(o *Options) { o.Duration = 1000 * time.Hour },
		"max size":   func(o *Options) { o.MaxSize = 5 },
		"probe":      func(o *Options) { o.Probes = []string{"x"} },
		"no profile": func(o *Options) { o.Profile = "nonesuch" },
	} {
		opt := m.options()
		change(&opt)
		var oe *OptionError
		if _, err := Run(context.Background(), opt); !errors.As(err, &oe) || oe.Hint == "" {
			t.Errorf("%s: %v, want an OptionError with a hint", name, err)
		}
	}
	opt := m.options()
	opt.MinFree = 1 << 60
	var se *SpaceError
	if _, err := Run(context.Background(), opt); !errors.As(err, &se) {
		t.Errorf("too little room: %v", err)
	}
	if left := leftOver(t, m.out); len(left) != 0 {
		t.Errorf("mistakes leave %v", left)
	}
}

// TestMaxSize fills a small bundle with a log that cannot be packed.
func TestMaxSize(t *testing.T) {
	m := newMachine(t)
	raw := make([]byte, 6<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range raw {
		raw[i] = " 0123456789abcdefghijklmnoqrstuvxyzABCDEFGHIJLMNOQRSTUVXYZ:;.,-_+*#"[rng.IntN(66)]
		if i%120 == 119 {
			raw[i] = '\n'
		}
	}
	if err := os.WriteFile(m.dir+"/log/noise.log", raw, 0o600); err != nil {
		t.Fatal(err)
	}
	opt := m.options()
	opt.MaxSize = 2 << 20
	sum, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(sum.Path)
	if err != nil || fi.Size() > opt.MaxSize || fi.Size() != sum.Size {
		t.Errorf("%d bytes, summary says %d, at most %d; %v", fi.Size(), sum.Size, opt.MaxSize, err)
	}
	b := openBundle(t, sum.Path)
	if s := rowOf(t, b, "logs/a"); s.Status != bundles.StatusPartial || !strings.Contains(s.Error, "--max-size") {
		t.Errorf("source = %+v", s)
	}
}

// fakeManager answers with one service, or when it hangs with its context's end.
type fakeManager struct {
	services.Manager
	hangs bool
}

func (f fakeManager) Name() string { return "fake" }

func (f fakeManager) Read(ctx context.Context) ([]bundles.Service, error) {
	if f.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return []bundles.Service{{Name: "a", State: bundles.StateRunning}}, nil
}

func TestPollServices(t *testing.T) {
	u := &unitReader{m: fakeManager{}}
	p := polls{units: u, log: slog.New(slog.DiscardHandler)}
	p.services(context.Background(), time.Second)
	p.services(context.Background(), time.Second)
	u.m = fakeManager{hangs: true}
	begin := time.Now()
	p.services(context.Background(), 200*time.Millisecond)
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("a manager that hangs holds the samples for %v", took)
	}
	if f := u.watch.Fact(time.Now()); len(f.Items) != 1 || len(f.Items[0].Readings) != 2 {
		t.Errorf("fact = %+v, want two readings", f)
	}
	polls{}.services(context.Background(), time.Second) // given up
	polls{}.connections(context.Background())
}

func TestTwoInOneSecond(t *testing.T) {
	m := newMachine(t)
	opt := m.options()
	h := newHeader(time.Now())
	for want := range 3 {
		a, path, err := newArchive(opt, h)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Commit(bundles.Manifest{}); err != nil {
			t.Fatal(err)
		}
		if left := leftOver(t, m.out); len(left) != want+1 {
			t.Errorf("%s: %v", path, left)
		}
	}
}

// TestStartTime holds what is done before the first source.
func TestStartTime(t *testing.T) {
	m := newMachine(t)
	begin := time.Now()
	s, err := newSession(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	defer s.archive.Abort()
	if took > 100*time.Millisecond { // ten times what it takes on an idle machine
		t.Errorf("the start took %v", took)
	}
}

func TestSummaryJSON(t *testing.T) {
	raw, err := json.Marshal(Summary{Path: "p", Lacking: []bundles.Source{}})
	if err != nil || !strings.Contains(string(raw), `"complete":false`) || !strings.Contains(string(raw), `"lacking":[]`) {
		t.Errorf("%s, %v", raw, err)
	}
}
