package bundles_test

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

const (
	header   = `{"format":"asr-bundle","version":1,"minor":0,"id":"x1","created":"2026-03-05T10:00:00Z"}`
	manifest = `{"format":"asr-bundle","version":1,"minor":0,"id":"x1","created":"2026-03-05T10:00:00Z",
"host":{"name":"PS01","os":"windows","role":"process-server"},
"sources":[{"name":"services","status":"ok","duration_ms":3},{"name":"logs/cxps","status":"denied","error":"access is denied","duration_ms":1}],
"files":[]}`
)

// tree is a bundle of header, manifest and what else is given: path, content.
func tree(more ...string) fstest.MapFS {
	fsys := fstest.MapFS{
		bundles.HeaderPath:   {Data: []byte(header)},
		bundles.ManifestPath: {Data: []byte(manifest)},
	}
	for pair := range slices.Chunk(more, 2) {
		fsys[pair[0]] = &fstest.MapFile{Data: []byte(pair[1])}
	}
	return fsys
}

func open(t *testing.T, fsys fs.FS) *bundles.Bundle {
	t.Helper()
	b, err := bundles.Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpen(t *testing.T) {
	b := open(t, tree("facts/services.json", `{}`, "logs/cxps/C/x.log", "line\n"))
	if b.Cut || b.Header.ID != "x1" || b.Host().Name != "PS01" {
		t.Errorf("cut %v, header %+v, host %+v", b.Cut, b.Header, b.Host())
	}
	want := []string{"bundle.json", "facts/services.json", "logs/cxps/C/x.log", "manifest.json"}
	if diff := cmp.Diff(want, b.Paths()); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if !b.Has("manifest.json") || b.Has("manifest") || b.Has("facts") {
		t.Error("Has is wrong about manifest.json, manifest or facts")
	}
	if s, ok := b.Source("LOGS/CXPS"); !ok || s.Status != bundles.StatusDenied {
		t.Errorf("Source = %+v, %v", s, ok)
	}
	if _, ok := b.Source("registry"); ok {
		t.Error("Source finds one that is not there")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenMinor: a later minor with members that nobody knows yet is read.
func TestOpenMinor(t *testing.T) {
	later := func(s string) string {
		return strings.Replace(s, `"minor":0`, `"minor":7,"news":{"a":[1]}`, 1)
	}
	b := open(t, tree(bundles.HeaderPath, later(header), bundles.ManifestPath, later(manifest)))
	if b.Cut || b.Manifest.Minor != 7 || b.Host().Name != "PS01" {
		t.Errorf("cut %v (%s), minor %d", b.Cut, b.CutReason, b.Manifest.Minor)
	}
}

func TestOpenErrors(t *testing.T) {
	for name, data := range map[string]string{
		"text":           "hello",
		"other format":   `{"format":"asr-report","version":1}`,
		"no format":      `{}`,
		"wrong type":     `{"format":"asr-bundle","version":"1"}`,
		"over the limit": `{"format":"asr-bundle","version":1,"x":"` + strings.Repeat("x", bundles.MaxHeaderBytes) + `"}`,
	} {
		if _, err := bundles.Open(tree(bundles.HeaderPath, data)); !errors.Is(err, bundles.ErrNotBundle) {
			t.Errorf("%s: %v, want ErrNotBundle", name, err)
		}
	}
	if _, err := bundles.Open(fstest.MapFS{}); !errors.Is(err, bundles.ErrNotBundle) {
		t.Errorf("empty tree: %v, want ErrNotBundle", err)
	}
}

func TestVersionError(t *testing.T) {
	_, err := bundles.Open(tree(bundles.HeaderPath, strings.Replace(header, `"version":1`, `"version":2`, 1)))
	var version *bundles.VersionError
	if !errors.As(err, &version) || version.Have != 2 || version.Want != 1 {
		t.Fatalf("got %v", err)
	}
	if msg := err.Error(); !strings.Contains(msg, "2") || !strings.Contains(msg, "1") {
		t.Errorf("message %q lacks a number", msg)
	}
}

func TestCut(t *testing.T) {
	fact := `{"taken":"2026-03-05T10:00:00Z","name":"PS02","os":"linux","role":"source-machine","utc_offsets":[{"from":"2026-01-01T00:00:00Z","seconds":3600}]}`
	whole := tree("facts/host.json", fact)
	missing := tree("facts/host.json", fact)
	delete(missing, bundles.ManifestPath)
	for name, tc := range map[string]struct {
		fsys fstest.MapFS
		cut  bool
		host string
	}{
		"whole":              {whole, false, "PS01"},
		"no manifest":        {missing, true, "PS02"},
		"half a manifest":    {tree("facts/host.json", fact, bundles.ManifestPath, manifest[:50]), true, "PS02"},
		"of another bundle":  {tree("facts/host.json", fact, bundles.ManifestPath, strings.Replace(manifest, "x1", "x2", 1)), true, "PS02"},
		"of another version": {tree("facts/host.json", fact, bundles.ManifestPath, strings.Replace(manifest, `"version":1`, `"version":3`, 1)), true, "PS02"},
		"only at the start":  {tree("facts/start/host.json", fact, bundles.ManifestPath, "{"), true, "PS02"},
		"no fact either":     {tree(bundles.ManifestPath, ""), true, ""},
	} {
		b := open(t, tc.fsys)
		if b.Cut != tc.cut || b.Host().Name != tc.host || (b.CutReason != "") != tc.cut {
			t.Errorf("%s: cut %v (%s), host %q", name, b.Cut, b.CutReason, b.Host().Name)
		}
		if tc.host == "" && b.Host().Role != bundles.RoleUnknown {
			t.Errorf("%s: role %q", name, b.Host().Role)
		}
		if tc.host == "PS02" && (len(b.Host().UTCOffsets) != 1 || b.Host().UTCOffsets[0].Seconds != 3600) {
			t.Errorf("%s: offsets %v", name, b.Host().UTCOffsets)
		}
		if tc.cut && b.Manifest.ID != "" {
			t.Errorf("%s: the manifest is %+v, want none", name, b.Manifest)
		}
	}
}

func TestFact(t *testing.T) {
	doc := func(state string) string {
		return `{"taken":"2026-03-05T10:00:00Z","manager":"scm","items":[{"name":"cxps","state":"` + state + `"},{"name":"x","error":"denied: access is denied"}]}`
	}
	b := open(t, tree(
		"facts/start/services.json", doc("stopped"), "facts/services.json", doc("running"),
		"facts/start/processes.json", `{"items":[{"pid":4,"name":"System","cpu_seconds":1.5,"rss_bytes":10}]}`,
		"facts/disks.json", `{"items":7}`))
	s, err := bundles.Fact[bundles.Services](b, "services")
	if err != nil || len(s.Items) != 2 || s.Items[0].State != bundles.StateRunning || s.Items[1].Error == "" {
		t.Errorf("services = %+v, %v", s, err)
	}
	p, err := bundles.Fact[bundles.Processes](b, "processes")
	if err != nil || len(p.Items) != 1 || p.Items[0].PID != 4 {
		t.Errorf("processes of the start = %+v, %v", p, err)
	}
	if _, err := bundles.Fact[bundles.Disks](b, "disks"); err == nil || !strings.Contains(err.Error(), "facts/disks.json") {
		t.Errorf("a bad document: %v", err)
	}
	if _, err := bundles.Fact[bundles.Time](b, "time"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing document: %v", err)
	}
	for kind, want := range map[string]string{
		"services": "facts/services.json", "processes": "facts/start/processes.json", "time": "facts/time.json",
	} {
		if got := b.FactPath(kind); got != want {
			t.Errorf("FactPath(%q) = %q, want %q", kind, got, want)
		}
	}
}

func TestFactLimit(t *testing.T) {
	b := open(t, tree("facts/files.json", `{"items":[]`+strings.Repeat(" ", bundles.MaxFactBytes)+`}`))
	if _, err := bundles.Fact[bundles.Files](b, "files"); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

func TestSamples(t *testing.T) {
	for name, tc := range map[string]struct {
		data string
		want int
		err  string
	}{
		"two":         {`{"t":"2026-03-05T10:00:00Z","system.cpu.utilization":0.5}` + "\n" + `{"t":"2026-03-05T10:00:05Z"}` + "\n", 2, ""},
		"no line end": {`{"t":"2026-03-05T10:00:00Z"}`, 1, ""},
		"unknown":     {`{"t":"2026-03-05T10:00:00Z","vendor.metric":{"x":1}}` + "\n", 1, ""},
		"empty":       {"", 0, ""},
		"bad line":    {`{"t":"2026-03-05T10:00:00Z"}` + "\n{\n" + `{"t":"2026-03-05T10:00:00Z"}` + "\n", 1, "samples.ndjson:2"},
		"too long":    {`{"t":"2026-03-05T10:00:00Z"}` + "\n" + strings.Repeat(" ", bundles.MaxSampleBytes+1), 1, "too long"},
	} {
		n, err := readSamples(open(t, tree(bundles.SamplesPath, tc.data)))
		if n != tc.want || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %d samples, %v, want %d, %q", name, n, err, tc.want, tc.err)
		}
	}
	if _, err := readSamples(open(t, tree())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no samples: %v", err)
	}
}

func readSamples(b *bundles.Bundle) (n int, last error) {
	for _, err := range b.Samples() {
		if err != nil {
			last = err
			continue
		}
		n++
	}
	return n, last
}

func TestSampleValues(t *testing.T) {
	line := `{"t":"2026-03-05T10:00:00.25Z","system.cpu.utilization":0.5,"system.filesystem.utilization":{"E:\\":0.82},"process.disk.io":{"cbengine.exe":{"pid":1,"read":2,"write":3,"other":4}}}`
	for s, err := range open(t, tree(bundles.SamplesPath, line)).Samples() {
		if err != nil {
			t.Fatal(err)
		}
		if !s.T.Equal(time.Date(2026, 3, 5, 10, 0, 0, 250e6, time.UTC)) || *s.CPU != 0.5 || s.Memory != nil {
			t.Errorf("sample %+v", s)
		}
		if s.Filesystem[`E:\`] != 0.82 || s.ProcessIO["cbengine.exe"] != (bundles.ProcessIO{PID: 1, Read: 2, Write: 3, Other: 4}) {
			t.Errorf("sample %+v", s)
		}
		break // an iterator that is left early must not go on
	}
}

func TestFile(t *testing.T) {
	m := strings.Replace(manifest, `"files":[]`, `"files":[{"path":"logs/a/x","source":"logs/a","size":3,"sha256":"00","first_line":9}]`, 1)
	b := open(t, tree(bundles.ManifestPath, m))
	if f, ok := b.File("logs/a/x"); !ok || f.FirstLine != 9 {
		t.Errorf("File = %+v, %v", f, ok)
	}
	if _, ok := b.File("logs/a/y"); ok {
		t.Error("File finds one that is not listed")
	}
}

func TestMissing(t *testing.T) {
	b := open(t, tree("facts/services.json", "{}"))
	for glob, want := range map[string]string{
		"facts/services.json":    "",
		"facts/**/services.json": "",
		"logs/cxps/**":           "logs/cxps: denied: access is denied",
		"facts/registry.json":    "registry: not collected",
	} {
		if got, ok := b.Missing(glob); !strings.HasPrefix(got, want) || ok != (want == "") {
			t.Errorf("Missing(%q) = %q, %v, want %q", glob, got, ok, want)
		}
	}
}

func TestReadLimited(t *testing.T) {
	fsys := fstest.MapFS{"f": {Data: []byte("12345")}}
	if got, err := bundles.ReadLimited(fsys, "f", 5); !bytes.Equal(got, []byte("12345")) || err != nil {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	if _, err := bundles.ReadLimited(fsys, "f", 4); err == nil {
		t.Error("over the limit: no error")
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(header), []byte(manifest), []byte(`{"name":"x","role":"unknown"}`), []byte(`{"t":"2026-03-05T10:00:00Z"}`))
	f.Add([]byte(header), []byte(""), []byte("["), []byte("\n\n"))
	f.Add([]byte(`{"format":"asr-bundle","version":9}`), []byte("{}"), []byte("null"), []byte(`{"t":1}`))
	f.Fuzz(func(t *testing.T, head, manifest, host, samples []byte) {
		b, err := bundles.Open(fstest.MapFS{
			bundles.HeaderPath:   {Data: head},
			bundles.ManifestPath: {Data: manifest},
			"facts/host.json":    {Data: host},
			bundles.SamplesPath:  {Data: samples},
		})
		if err != nil {
			var version *bundles.VersionError
			if !errors.Is(err, bundles.ErrNotBundle) && !errors.As(err, &version) {
				t.Errorf("Open fails with %v", err)
			}
			return
		}
		if b.Cut == (b.Manifest.Format == bundles.Format) {
			t.Errorf("cut %v with manifest %+v", b.Cut, b.Manifest)
		}
		b.Host()
		if _, err := readSamples(b); err != nil && len(samples) == 0 {
			t.Errorf("no samples give %v", err)
		}
		if _, err := b.Verify(t.Context()); err != nil {
			t.Errorf("Verify: %v", err)
		}
	})
}
