// Package bundletest builds bundles from readable text, for everybody's tests
// and for the sample incidents.
//
// A source is a txtar archive whose files are those of the bundle. To keep it
// short, some may be left out or written in a denser form:
//
//   - bundle.json and manifest.json: what is not there gets a default; members of
//     a given manifest.json win. Sources default to "ok" for every file's source.
//     The files list, with its hashes, is always made.
//   - services.gen becomes facts/services.json, a service a line.
//   - metrics.gen becomes metrics/samples.ndjson, a metric a line.
//   - want and *.md are for the test and the reader, and not part of the bundle.
//   - cut, whatever it holds, leaves the manifest out, as in a bundle cut off.
//
// The default window is the 15 minutes before 2026-03-05T09:15:00Z on a Windows
// standalone process server in Berlin. The same text gives the same bytes.
package bundletest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"golang.org/x/tools/txtar"
)

// End of the default window.
var defaultEnd = time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)

// Tree is a bundle in memory.
type Tree struct {
	Header   bundles.Header
	Manifest bundles.Manifest
	// Data has every file but bundle.json and manifest.json.
	Data map[string][]byte
	// Extra has the files of the source that are not part of the bundle: want.
	Extra map[string][]byte
}

// Parse builds the bundle that a txtar source describes.
func Parse(ar *txtar.Archive) (*Tree, error) {
	t := &Tree{Data: map[string][]byte{}, Extra: map[string][]byte{}}
	var manifest []byte
	gens := map[string][]byte{}
	for _, f := range ar.Files {
		switch {
		case f.Name == bundles.ManifestPath:
			manifest = f.Data
		case strings.HasSuffix(f.Name, ".gen"):
			gens[f.Name] = f.Data
		case f.Name == "want" || f.Name == "cut" || strings.HasSuffix(f.Name, ".md"):
			t.Extra[f.Name] = f.Data
		default:
			t.Data[f.Name] = f.Data
		}
	}
	if err := t.setManifest(manifest); err != nil {
		return nil, err
	}
	if err := t.generate(gens); err != nil {
		return nil, err
	}
	t.setSources()
	return t, t.setFiles()
}

// generate makes files from their denser form: metrics.gen first, because it
// sets the window.
func (t *Tree) generate(gens map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(gens)) {
		text := gens[name]
		var err error
		switch name {
		case "services.gen":
			t.Data["facts/services.json"], err = genServices(string(text), t.Manifest.Window)
		case "metrics.gen":
			t.Data[bundles.SamplesPath], err = t.genMetrics(string(text))
		default:
			err = fmt.Errorf("unknown generator")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// setManifest starts from the defaults and lets the given members win. Unknown
// members are an error: they are typing mistakes.
func (t *Tree) setManifest(given []byte) error {
	m := bundles.Manifest{
		ID: "0123456789abcdef", Collector: bundles.Collector{Version: "1.0.0", OS: "windows", Arch: "amd64", Elevated: true},
		Profile: bundles.Profile{Name: "asr-process-server", Version: "1"},
		Host: bundles.Host{
			Name: "PS01", OS: "windows", OSVersion: "Windows Server 2022 (10.0.20348)", InstallationType: "Server",
			Role: bundles.RoleProcessServer, Deployment: bundles.DeployStandalone, TimeZone: "W. Europe Standard Time",
			UTCOffsets: []bundles.UTCOffset{
				{From: time.Date(2025, 10, 26, 1, 0, 0, 0, time.UTC), Seconds: 3600},
				{From: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), Seconds: 7200},
			},
		},
		Window:  bundles.Window{Start: defaultEnd.Add(-15 * time.Minute), End: defaultEnd, IntervalSeconds: 5, RequestedSeconds: 900},
		Privacy: bundles.Privacy{Mode: "standard"},
	}
	if len(given) > 0 {
		dec := json.NewDecoder(bytes.NewReader(given))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&m); err != nil {
			return fmt.Errorf("manifest.json: %w", err)
		}
	}
	m.Format, m.Version, m.Minor = bundles.Format, bundles.Version, bundles.Minor
	if m.Created.IsZero() {
		m.Created = m.Window.Start
	}
	t.Manifest = m
	t.Header = bundles.Header{Format: bundles.Format, Version: bundles.Version, Minor: bundles.Minor, ID: m.ID, Created: m.Created}
	return nil
}

// setSources adds an ok row for every source that has a file and no row.
func (t *Tree) setSources() {
	for _, name := range t.names() {
		src := bundles.SourceOf(name)
		if src == "" || slices.ContainsFunc(t.Manifest.Sources, func(s bundles.Source) bool { return s.Name == src }) {
			continue
		}
		t.Manifest.Sources = append(t.Manifest.Sources, bundles.Source{Name: src, Status: bundles.StatusOK, DurationMS: 10})
	}
}

// setFiles makes the list of files; a given row keeps what it says besides size
// and hash.
func (t *Tree) setFiles() error {
	given := t.Manifest.Files
	t.Manifest.Files = nil
	for _, name := range t.names() {
		row := bundles.File{Path: name, Source: bundles.SourceOf(name), FirstLine: 1}
		if i := slices.IndexFunc(given, func(f bundles.File) bool { return f.Path == name }); i >= 0 {
			row = given[i]
			row.Source = bundles.SourceOf(name)
			given = slices.Delete(given, i, i+1)
		}
		if strings.HasPrefix(name, "logs/") && row.MTime == nil {
			row.MTime = &t.Manifest.Window.End
		}
		sum := sha256.Sum256(t.Data[name])
		row.Size, row.SHA256 = int64(len(t.Data[name])), hex.EncodeToString(sum[:])
		t.Manifest.Files = append(t.Manifest.Files, row)
	}
	if len(given) > 0 {
		return fmt.Errorf("manifest.json lists %q, which is not in the archive", given[0].Path)
	}
	return nil
}

func (t *Tree) names() []string {
	var names []string
	for name := range t.Data {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// FS gives the bundle as a file system.
func (t *Tree) FS() (fs.FS, error) {
	fsys := fstest.MapFS{}
	for name, data := range t.Data {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	docs := map[string]any{bundles.HeaderPath: t.Header, bundles.ManifestPath: t.Manifest}
	if _, cut := t.Extra["cut"]; cut {
		delete(docs, bundles.ManifestPath)
	}
	for name, doc := range docs {
		data, err := json.Marshal(doc)
		if err != nil {
			return nil, err
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys, nil
}

// Bundle opens the bundle.
func (t *Tree) Bundle() (*bundles.Bundle, error) {
	fsys, err := t.FS()
	if err != nil {
		return nil, err
	}
	return bundles.Open(fsys)
}

// WriteZip writes the bundle as asrcollect would.
func (t *Tree) WriteZip(w io.Writer) error {
	zw, err := zipwriter.NewWriter(w, t.Header)
	if err != nil {
		return err
	}
	for _, f := range t.Manifest.Files {
		e, err := zw.Create(f)
		if err != nil {
			return err
		}
		if _, err := e.Write(t.Data[f.Path]); err != nil {
			return err
		}
		if err := e.Close(); err != nil {
			return err
		}
	}
	return zw.Finish(t.Manifest)
}

// Without gives the bundle without a file, as if its source had been denied.
func (t *Tree) Without(name string) *Tree {
	less := &Tree{Header: t.Header, Manifest: t.Manifest, Data: maps.Clone(t.Data), Extra: t.Extra}
	delete(less.Data, name)
	less.Manifest.Files = slices.DeleteFunc(slices.Clone(t.Manifest.Files), func(f bundles.File) bool { return f.Path == name })
	less.Manifest.Sources = slices.Clone(t.Manifest.Sources)
	for i := range less.Manifest.Sources {
		if s := &less.Manifest.Sources[i]; s.Name == bundles.SourceOf(name) {
			s.Status, s.Error = bundles.StatusDenied, "access is denied"
		}
	}
	return less
}
