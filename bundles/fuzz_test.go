package bundles_test

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// roundTrip holds a document that was read against what it becomes when it is
// written and read again: nothing may get lost or change.
func roundTrip[T any](t *testing.T, v T) {
	t.Helper()
	first, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	var again T
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, first)
	}
	if second, err := json.Marshal(again); err != nil || string(second) != string(first) {
		t.Fatalf("first\n%s\nthen\n%s, %v", first, second, err)
	}
}

// factReader reads a fact of one kind and holds it to roundTrip.
type factReader struct {
	kind string
	read func(*testing.T, *bundles.Bundle) error
}

func factOf[T any](kind string) factReader {
	return factReader{kind, func(t *testing.T, b *bundles.Bundle) error {
		v, err := bundles.Fact[T](b, kind)
		if err == nil {
			roundTrip(t, v)
		}
		return err
	}}
}

// factReaders has every kind. Corpora hold indexes into it: add at its end.
func factReaders() []factReader {
	return []factReader{
		factOf[bundles.HostFact]("host"), factOf[bundles.Services]("services"), factOf[bundles.Registry]("registry"),
		factOf[bundles.Config]("config"), factOf[bundles.Network]("network"), factOf[bundles.Connections]("connections"),
		factOf[bundles.Processes]("processes"), factOf[bundles.Disks]("disks"), factOf[bundles.Cache]("cache"),
		factOf[bundles.Files]("files"), factOf[bundles.Probes]("probes"), factOf[bundles.Time]("time"),
	}
}

// sampleFiles gives the files of the sample bundles that match a glob.
func sampleFiles(f *testing.F, glob string, add func(name string, raw []byte)) {
	f.Helper()
	names, _ := filepath.Glob("testdata/*.zip")
	old, _ := filepath.Glob("testdata/format/*.zip")
	found := 0
	for _, name := range slices.Concat(names, old) {
		r, err := bundlezip.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		b, err := bundles.Open(r)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range b.Match(glob) {
			raw, err := fs.ReadFile(b.FS, path)
			if err != nil {
				f.Fatal(err)
			}
			found++
			add(path, raw)
		}
		b.Close()
	}
	if found == 0 {
		f.Fatalf("no sample has %s", glob)
	}
}

// FuzzFacts reads facts of every kind, and the samples, out of hostile bytes.
func FuzzFacts(f *testing.F) {
	readers := factReaders()
	sampleFiles(f, "facts/**", func(name string, raw []byte) {
		kind := strings.TrimSuffix(filepath.Base(name), ".json")
		if i := slices.IndexFunc(readers, func(r factReader) bool { return r.kind == kind }); i >= 0 {
			f.Add(uint8(i), raw)
		}
	})
	sampleFiles(f, bundles.SamplesPath, func(_ string, raw []byte) { f.Add(uint8(len(readers)), raw[:min(len(raw), 2000)]) })
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		i := int(which) % (len(readers) + 1)
		if i == len(readers) {
			fuzzSamples(t, raw)
			return
		}
		r := readers[i]
		for _, dir := range []string{"facts/", "facts/start/"} {
			b := open(t, tree(dir+r.kind+".json", string(raw)))
			err := r.read(t, b)
			if err != nil && !strings.Contains(err.Error(), dir+r.kind+".json") {
				t.Errorf("the error does not name the file: %v", err)
			}
			if err == nil && !json.Valid(raw) {
				t.Errorf("%q is no JSON and is a fact", raw)
			}
		}
	})
}

// fuzzSamples: samples come in order up to the first bad line, which is told by
// its number.
func fuzzSamples(t *testing.T, raw []byte) {
	b := open(t, tree(bundles.SamplesPath, string(raw)))
	n, bad := 0, false
	for s, err := range b.Samples() {
		if bad {
			t.Fatal("there is a sample behind an error")
		}
		if n++; err == nil {
			roundTrip(t, s)
			continue
		}
		if bad = true; !strings.Contains(err.Error(), bundles.SamplesPath) {
			t.Errorf("the error does not name the file: %v", err)
		}
	}
	if lines := strings.Count(string(raw), "\n") + 1; n > lines {
		t.Errorf("%d samples in %d lines", n, lines)
	}
}

// FuzzManifest puts hostile bytes in a manifest's place. What it claims beyond
// what the bundle holds is a problem, whatever it is.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(manifest))
	sampleFiles(f, bundles.ManifestPath, func(_ string, raw []byte) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		var its struct{ ID string }
		_ = json.Unmarshal(raw, &its)
		head, err := json.Marshal(bundles.Header{Format: bundles.Format, Version: bundles.Version, ID: its.ID})
		if err != nil {
			t.Fatal(err)
		}
		b := open(t, fstest.MapFS{
			bundles.HeaderPath: {Data: head}, bundles.ManifestPath: {Data: raw}, "facts/host.json": {Data: []byte(`{"name":"PS01"}`)},
		})
		if b.Cut {
			if b.CutReason == "" || len(b.Manifest.Files) > 0 || b.Host().Name != "PS01" {
				t.Errorf("cut for %q, manifest %+v, host %+v", b.CutReason, b.Manifest, b.Host())
			}
			return
		}
		roundTrip(t, b.Manifest)
		checkRows(t, b)
	})
}

// checkRows asks a bundle that holds facts/host.json and nothing else about all
// that its manifest names.
func checkRows(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	in, err := b.Verify(t.Context())
	if err != nil || in.OK != (len(in.Problems) == 0) {
		t.Fatalf("integrity %+v, %v", in, err)
	}
	for _, row := range b.Manifest.Files {
		if found, ok := b.File(row.Path); !ok || found.Path != row.Path {
			t.Errorf("File(%q) = %+v, %v", row.Path, found, ok)
		}
		told := func(p bundles.Problem) bool { return p.Path == row.Path && p.Detail != "" }
		if !b.Has(row.Path) && !slices.ContainsFunc(in.Problems, told) {
			t.Errorf("%q is claimed and not there, and no problem: %+v", row.Path, in.Problems)
		}
	}
	for _, s := range b.Manifest.Sources {
		if found, ok := b.Source(s.Name); !ok || !strings.EqualFold(found.Name, s.Name) {
			t.Errorf("Source(%q) = %+v, %v", s.Name, found, ok)
		}
	}
	for _, glob := range []string{"facts/services.json", "facts/**/probes.json", "logs/cxps/**", "metrics/samples.ndjson"} {
		if reason, ok := b.Missing(glob); ok != (reason == "") {
			t.Errorf("Missing(%q) = %q, %v", glob, reason, ok)
		}
	}
}
