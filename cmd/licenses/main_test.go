package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRunListsWhatIsLinked(t *testing.T) {
	t.Chdir("../..")
	var out bytes.Buffer
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	var modules []Module
	if err := json.Unmarshal(out.Bytes(), &modules); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"github.com/tetratelabs/wazero":   {"asrdiag"},
		"github.com/godbus/dbus/v5":       {"asrcollect"}, // Linux alone links it
		"github.com/bodgit/windows":       {"asrdiag"},    // part of a part
		"github.com/klauspost/compress":   {"asrcollect", "asrdiag"},
		"github.com/asrdiag/asrdiag":      {"asrcollect", "asrdiag"},
		"github.com/google/licensecheck":  nil,
		"github.com/rogpeppe/go-internal": nil,
	} {
		i := slices.IndexFunc(modules, func(m Module) bool { return m.Path == path })
		switch {
		case want == nil && i >= 0:
			t.Errorf("%s is listed and not linked", path)
		case want != nil && i < 0:
			t.Errorf("%s is not listed", path)
		case want != nil && !slices.Equal(modules[i].Programs, want):
			t.Errorf("%s is in %v, want %v", path, modules[i].Programs, want)
		}
	}
	if len(modules[0].Files) == 0 || !strings.Contains(modules[0].Files[0].Text, "The Go Authors") {
		t.Errorf("the first one is %s, want the standard library with its licence", modules[0].Path)
	}
}

func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	m := Module{Path: "example.com/m", dir: t.TempDir()}
	if err := m.read(); err == nil {
		t.Error("a module without a licence is accepted")
	}
	if err := os.WriteFile(filepath.Join(m.dir, "LICENSE"), []byte("Ask me first.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.read(); err == nil {
		t.Error("a module with words of its own for a licence is accepted")
	}
}
