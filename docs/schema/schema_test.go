// Package schema_test holds the JSON schemas against what the program writes.
package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

var schemaFiles = []string{"manifest.schema.json", "facts.schema.json", "report.schema.json", "profile.schema.json"}

const baseURL = "https://github.com/asrdiag/asrdiag/raw/main/docs/schema/"

// schemas compiles definitions without a network: a reference to anything but
// the documents here fails.
type schemas struct{ c *jsonschema.Compiler }

type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, errors.New("not one of the schemas: " + url)
}

func newSchemas(t *testing.T) schemas {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(noLoader{})
	for _, file := range schemaFiles {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if id := doc.(map[string]any)["$id"]; id != baseURL+file {
			t.Errorf("%s has the $id %v", file, id)
		}
		if err := c.AddResource(baseURL+file, doc); err != nil {
			t.Fatal(err)
		}
	}
	return schemas{c}
}

// validate checks a document against "file" or "file#/$defs/name".
func (s schemas) validate(t *testing.T, ref string, raw []byte) error {
	t.Helper()
	sch, err := s.c.Compile(baseURL + ref)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return sch.Validate(doc)
}

// refOf gives the schema for a path of a bundle; lines is set where every line
// is a document, ref is empty where there is no schema.
func refOf(name string) (ref string, lines bool) {
	switch {
	case name == bundles.HeaderPath:
		return "manifest.schema.json#/$defs/header", false
	case name == bundles.ManifestPath:
		return "manifest.schema.json", false
	case name == bundles.SamplesPath:
		return "facts.schema.json#/$defs/sample", true
	case name == "facts/events.ndjson":
		return "facts.schema.json#/$defs/event", true
	case strings.HasPrefix(name, "facts/"):
		return "facts.schema.json#/$defs/" + strings.TrimSuffix(path.Base(name), ".json"), false
	}
	return "", false
}

// bundle validates every document of a bundle.
func (s schemas) bundle(t *testing.T, b *bundles.Bundle) {
	t.Helper()
	for _, name := range b.Paths() {
		ref, lines := refOf(name)
		if ref == "" {
			continue
		}
		raw, err := fs.ReadFile(b.FS, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		docs := [][]byte{raw}
		if lines {
			docs = bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
			if len(raw) == 0 { // a run that ended before the first sample
				docs = nil
			}
		}
		for i, doc := range docs {
			if err := s.validate(t, ref, doc); err != nil {
				t.Errorf("%s, document %d: %v", name, i+1, err)
			}
		}
	}
}

// documents are facts and samples with every member set, marshalled from the
// Go types.
func documents(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for kind, typ := range factTypes {
		raw, err := json.Marshal(fill(typ, "").Interface())
		if err != nil {
			t.Fatal(err)
		}
		out["facts/"+kind+".json"] = raw
		out["facts/start/"+kind+".json"] = raw
	}
	line, err := json.Marshal(fill(sampleType, "").Interface())
	if err != nil {
		t.Fatal(err)
	}
	out[bundles.SamplesPath] = append(append(line, '\n'), `{"t":"2026-03-05T10:00:05Z"}`+"\n"...)
	out["facts/events.ndjson"] = []byte(`{"t":"2026-03-05T10:00:00Z","provider":"disk","id":153,"level":3,"parameters":{"DeviceName":"x"}}` + "\n")
	out[bundles.LogPath] = []byte("{}\n")
	return out
}

func writeBundle(t *testing.T, docs map[string][]byte, m bundles.Manifest) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "s", Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range docs {
		row := fill(fileType, "").Interface().(bundles.File)
		row.Path = name
		e, err := w.Create(row)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Write(raw)
		if err := errors.Join(err, e.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(m); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func openZip(t *testing.T, raw []byte) *bundles.Bundle {
	t.Helper()
	r, err := bundlezip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil || b.Cut {
		t.Fatalf("%v, cut %q", err, b.CutReason)
	}
	return b
}

func TestWrittenBundle(t *testing.T) {
	s := newSchemas(t)
	full := fill(manifestType, "").Interface().(bundles.Manifest)
	b := openZip(t, writeBundle(t, documents(t), full))
	if len(b.Paths()) < 2*len(factTypes) {
		t.Fatalf("only %d files", len(b.Paths()))
	}
	s.bundle(t, b)
	least := bundles.Manifest{Host: bundles.Host{Role: bundles.RoleUnknown}, Privacy: bundles.Privacy{Mode: "standard"}}
	s.bundle(t, openZip(t, writeBundle(t, nil, least)))
}

func TestSampleBundles(t *testing.T) {
	names, err := filepath.Glob("../../bundles/testdata/*.zip")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../../bundles/testdata/format/*.zip")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, more...)
	if len(names) == 0 {
		t.Skip("there are no sample bundles: none is validated")
	}
	s := newSchemas(t)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { s.sample(t, name) })
	}
}

// sample validates a bundle file, a cut one too.
func (s schemas) sample(t *testing.T, name string) {
	r, err := bundlezip.Open(name)
	if errors.Is(err, bundlezip.ErrCut) {
		r, err = salvage(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	s.bundle(t, b)
}

func salvage(name string) (*bundlezip.Reader, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return bundlezip.Salvage(bytes.NewReader(raw), int64(len(raw)))
}

func TestGoldenReports(t *testing.T) {
	s := newSchemas(t)
	full, err := json.Marshal(fill(reportType, "").Interface())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.validate(t, "report.schema.json", full); err != nil {
		t.Errorf("a report with every member: %v", err)
	}
	names, err := filepath.Glob("../../analyzer/render/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		err = s.reports(t, raw)
		if hostile := strings.HasPrefix(filepath.Base(name), "hostile"); hostile != (err != nil) {
			t.Errorf("%s: %v, want an error: %v", filepath.Base(name), err, hostile)
		}
	}
}

// reports validates one report or several, one behind the other.
func (s schemas) reports(t *testing.T, raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	for {
		var one json.RawMessage
		if err := dec.Decode(&one); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.validate(t, "report.schema.json", one); err != nil {
			return err
		}
	}
}
