package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is packed without a collector is checked against what was arranged.
func TestRaw(t *testing.T) {
	const text = `Raw.
-- set --
zone = Europe/Berlin
-- logs --
a = text C:\P\var\a.log
a: -2h..now/1h | line {n}
b = text C:\Other\b.log
b: now | not packed
-- files --
C:\P | | link to E:\Real
-- run --
raw C:\P\var
-- expect --
var/a.log ~ line 2
var/b.log absent
bundle.json absent
`
	collect := func(text string, spoil func(dir string)) []string {
		in, err := Parse("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "machine")
		m, err := Arrange(t.Context(), in, nil, nil, dir, Programs{})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		spoil(filepath.Join(dir, "drive_e", "Real", "var", "a.log"))
		c, err := m.Collect(t.Context(), 0, filepath.Join(t.TempDir(), "x.zip"))
		if err != nil {
			t.Fatal(err)
		}
		problems, err := m.Check(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return problems
	}
	if got := collect(text, func(string) {}); len(got) != 0 {
		t.Errorf("problems: %q", got)
	}
	got := collect(text, func(log string) {
		if err := os.WriteFile(log, []byte("else\n"), 0o600); err != nil {
			t.Error(err)
		}
	})
	if len(got) != 2 || !strings.Contains(got[0], "not in the archive as it is") || !strings.Contains(got[1], "no line matches") {
		t.Errorf("problems: %q", got)
	}
}
