package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// TestCollected: what asrcollect collected from simulated servers keeps to the
// schemas. make incidents leaves the bundles.
func TestCollected(t *testing.T) {
	files, err := filepath.Glob("../../bin/incidents/*.zip")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("skipped: no bundles in bin/incidents; make incidents collects them")
	}
	s := newSchemas(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(raw, []byte(bundles.HeaderPath)) {
				t.Skip("not a bundle: raw files")
			}
			s.bundle(t, openZip(t, raw))
		})
	}
}
