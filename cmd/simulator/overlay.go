package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// Change is something that Wine cannot have, put into the finished bundle: a
// value of a JSON document.
type Change struct {
	File, Pointer string
	Value         string // JSON
}

// overlayLine reads FILE POINTER = JSON.
func (in *Incident) overlayLine(l string) error {
	e, err := parseExpectation(l)
	if err != nil {
		return err
	}
	if e.Op != opEquals {
		return fmt.Errorf("want FILE POINTER = JSON")
	}
	if _, err := decode([]byte(e.Want)); err != nil {
		return err
	}
	in.Overlay = append(in.Overlay, Change{e.File, e.Pointer, e.Want})
	return nil
}

// overlay puts into the finished bundle what its system cannot have. Raw files
// stay as they are. The secrets are the bundle's.
func (m *Machine) overlay(c Collection, s *secrets) error {
	if len(m.Incident.Run.Raw) > 0 {
		return nil
	}
	changes, err := m.changes()
	if err != nil {
		return err
	}
	return overlayBundle(c.Path, m.Now.Add(-defaultAge), m.calm, changes, s)
}

// changes are the overlay of the machine, with its variables, and its event log.
func (m *Machine) changes() ([]Change, error) {
	out, err := m.eventChanges()
	for _, c := range m.Incident.Overlay {
		out = append(out, Change{c.File, m.Vars.Expand(c.Pointer), m.Vars.Expand(c.Value)})
	}
	return out, err
}

// overlayBundle puts the changes into a finished bundle, and services that were
// running when the collection began have been running since up. What calm gives comes
// before the changes. The manifest says what is simulated.
func overlayBundle(path string, up time.Time, calm func(*bundles.Bundle) []Change, changes []Change, s *secrets) error {
	r, err := bundlezip.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return err
	}
	changes = slices.Concat(settled(b, up), calm(b), changes)
	if len(changes) == 0 {
		return nil
	}
	w, err := zipwriter.CreateFile(path+".new", b.Header)
	if err != nil {
		return err
	}
	if err := rewrite(w, b, changes, s); err != nil {
		return errors.Join(err, w.Abort())
	}
	return os.Rename(path+".new", path)
}

// settled makes services of Windows, which really run since the machine was
// arranged, as old as its files are.
func settled(b *bundles.Bundle, up time.Time) []Change {
	var out []Change
	for _, path := range []string{"facts/start/services.json", "facts/services.json"} {
		raw, err := bundles.ReadLimited(b.FS, path, 16<<20)
		var f bundles.Services
		if err != nil || json.Unmarshal(raw, &f) != nil || f.Manager != "scm" {
			continue // there is none: others look for what is missing
		}
		for i, s := range f.Items {
			if s.Since != nil && s.Since.Before(b.Manifest.Window.Start) {
				out = append(out, Change{path, fmt.Sprintf("/items/%d/since", i), strconv.Quote(up.UTC().Format(time.RFC3339))})
			}
		}
	}
	return out
}

// rewrite copies a bundle with the changes in it. The manifest is changed by the
// same rules, with manifest.json as its file.
func rewrite(w *zipwriter.FileWriter, b *bundles.Bundle, changes []Change, s *secrets) error {
	manifest := b.Manifest
	manifest.Files = nil
	for _, f := range b.Manifest.Files {
		raw, err := bundles.ReadLimited(b.FS, f.Path, 1<<30)
		if err == nil {
			raw, err = s.change(raw, f.Path, changes)
		}
		if err == nil {
			err = addFile(w, f, raw)
		}
		if err != nil {
			return err
		}
	}
	if err := addFiles(w, b, changes, s); err != nil {
		return err
	}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if raw, err = s.change(raw, bundles.ManifestPath, changes); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return err
	}
	for _, c := range changes {
		source := bundles.SourceOf(c.File)
		if source == "" {
			source = "manifest"
		}
		if !slices.Contains(manifest.Simulated, source) {
			manifest.Simulated = append(manifest.Simulated, source)
		}
	}
	return w.Commit(manifest)
}

// addFiles makes the files that the bundle does not have, which begin empty. Only
// files of lines can.
func addFiles(w *zipwriter.FileWriter, b *bundles.Bundle, changes []Change, s *secrets) error {
	made := map[string]bool{bundles.ManifestPath: true}
	for _, c := range changes {
		if made[c.File] || b.Has(c.File) {
			continue
		}
		if !strings.HasSuffix(c.File, ".ndjson") {
			return fmt.Errorf("overlay %s: there is no such file in the bundle", c.File)
		}
		raw, err := s.change(nil, c.File, changes)
		if err == nil {
			err = addFile(w, bundles.File{Path: c.File, Source: bundles.SourceOf(c.File)}, raw)
		}
		if err != nil {
			return err
		}
		made[c.File] = true
	}
	return nil
}

func addFile(w *zipwriter.FileWriter, f bundles.File, raw []byte) error {
	e, err := w.Create(f)
	if err != nil {
		return err
	}
	_, err = e.Write(raw)
	return errors.Join(err, e.Close())
}

// change makes the changes of one file. In a file of lines the first step of a
// pointer is the line: its number, "-1" for the last, "*" for every one, or "-"
// for one behind the last.
func change(raw []byte, path string, changes []Change) ([]byte, error) {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.File != path })
	if len(changes) == 0 {
		return raw, nil
	}
	if strings.HasSuffix(path, ".ndjson") {
		return changeLines(raw, changes)
	}
	doc, err := decode(raw)
	for _, c := range changes {
		if err == nil {
			doc, err = c.in(doc, c.Pointer)
		}
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(doc) // as asrcollect writes it
}

// in gives the document with the change in it.
func (c Change) in(doc any, pointer string) (any, error) {
	value, err := decode([]byte(c.Value))
	if err == nil {
		var steps []step
		if steps, err = parsePointer(pointer); err == nil {
			doc, err = put(doc, steps, value)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("overlay %s %s: %w", c.File, c.Pointer, err)
	}
	return doc, nil
}

func changeLines(raw []byte, changes []Change) ([]byte, error) {
	lines := slices.Collect(strings.Lines(string(raw)))
	for _, c := range changes {
		which, pointer, _ := strings.Cut(strings.TrimPrefix(c.Pointer, "/"), "/")
		if c.Pointer == "/-" {
			var l bytes.Buffer // the members stay in their order
			if err := json.Compact(&l, []byte(c.Value)); err != nil {
				return nil, fmt.Errorf("overlay %s %s: %w", c.File, c.Pointer, err)
			}
			lines = append(lines, l.String()+"\n")
			continue
		}
		n, err := strconv.Atoi(which)
		if err == nil && n < 0 {
			n += len(lines)
		}
		if which != "*" && (err != nil || n < 0 || n >= len(lines)) {
			return nil, fmt.Errorf("overlay %s %s: there is no line %q", c.File, c.Pointer, which)
		}
		for i, l := range lines {
			if which != "*" && i != n {
				continue
			}
			if lines[i], err = c.inLine(l, "/"+pointer); err != nil {
				return nil, err
			}
		}
	}
	return []byte(strings.Join(lines, "")), nil
}

func (c Change) inLine(l, pointer string) (string, error) {
	doc, err := decode([]byte(l))
	if err != nil {
		return "", err
	}
	if doc, err = c.in(doc, pointer); err != nil {
		return "", err
	}
	raw, err := json.Marshal(doc)
	return string(raw) + "\n", err
}
