package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
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

// changes are the overlay of the machine, with its variables.
func (m *Machine) changes() []Change {
	var out []Change
	for _, c := range m.Incident.Overlay {
		out = append(out, Change{c.File, m.Vars.Expand(c.Pointer), m.Vars.Expand(c.Value)})
	}
	return out
}

// overlayBundle puts the changes into a finished bundle. Its manifest says what is
// simulated.
func overlayBundle(path string, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	r, err := bundlezip.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return err
	}
	w, err := bundlezip.CreateFile(path+".new", b.Header)
	if err != nil {
		return err
	}
	if err := rewrite(w, b, changes); err != nil {
		return errors.Join(err, w.Abort())
	}
	return os.Rename(path+".new", path)
}

// rewrite copies a bundle with the changes in it. The manifest is changed by the
// same rules, with manifest.json as its file.
func rewrite(w *bundlezip.FileWriter, b *bundles.Bundle, changes []Change) error {
	manifest := b.Manifest
	manifest.Files = nil
	for _, f := range b.Manifest.Files {
		raw, err := bundles.ReadLimited(b.FS, f.Path, 1<<30)
		if err != nil {
			return err
		}
		if raw, err = change(raw, f.Path, changes); err != nil {
			return err
		}
		e, err := w.Create(f)
		if err != nil {
			return err
		}
		if _, err := e.Write(raw); err != nil {
			return err
		}
		if err := e.Close(); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if raw, err = change(raw, bundles.ManifestPath, changes); err != nil {
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

// change makes the changes of one file.
func change(raw []byte, path string, changes []Change) ([]byte, error) {
	var doc any
	for _, c := range changes {
		if c.File != path {
			continue
		}
		if doc == nil {
			var err error
			if doc, err = decode(raw); err != nil {
				return nil, err
			}
		}
		value, err := decode([]byte(c.Value))
		if err == nil {
			var steps []step
			steps, err = parsePointer(c.Pointer)
			if err == nil {
				doc, err = put(doc, steps, value)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("overlay %s %s: %w", c.File, c.Pointer, err)
		}
	}
	if doc == nil {
		return raw, nil
	}
	return json.MarshalIndent(doc, "", " ")
}
