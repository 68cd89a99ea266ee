package schema_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
)

// TestFixtures: what the checks are tested with is what a collector may write.
func TestFixtures(t *testing.T) {
	s, n := newSchemas(t), 0
	err := filepath.WalkDir("../../checks-wasm", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".txtar") || !strings.Contains(filepath.ToSlash(name), "/testdata/") {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		tree, err := bundletest.Parse(txtar.Parse(raw))
		if err != nil {
			return nil // the fixture of a broken bundle
		}
		n++
		t.Run(filepath.ToSlash(name[len("../../checks-wasm/"):]), func(t *testing.T) {
			var buf bytes.Buffer
			if err := tree.WriteZip(&buf); err != nil {
				t.Fatal(err)
			}
			s.bundle(t, openZip(t, buf.Bytes()))
		})
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d fixtures, %v", n, err)
	}
}
