package cmd

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/cmd/simulator"
)

// TestValidationList: every line has a number of its own, what, a command, what is
// right, and room for the answer.
func TestValidationList(t *testing.T) {
	raw, err := os.ReadFile("../docs/windows-validation.md")
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`^\| ([A-Z][0-9]+) \|`)
	seen := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		m := number.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, ""), "|")
		if len(cells) != 5 || seen[m[1]] || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("%s: %d cells, known already: %v", m[1], len(cells), seen[m[1]])
		}
		seen[m[1]] = true
	}
	if len(seen) < 40 {
		t.Errorf("%d lines", len(seen))
	}
}

// TestValidationCovers: every file that only Windows compiles, and every document
// that the simulated server changes, has lines in the list by which a person looks
// at it.
func TestValidationCovers(t *testing.T) {
	raw, err := os.ReadFile("../docs/windows-validation.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([A-Z][0-9]+) \|`).FindAllStringSubmatch(string(raw), -1) {
		lines[m[1]] = true
	}
	covered := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| (?:overlay )?`([^`]+)` \\| ([A-Z0-9 ]+) \\|$").FindAllStringSubmatch(string(raw), -1) {
		covered[m[1]] = true
		for _, line := range strings.Fields(m[2]) {
			if !lines[line] {
				t.Errorf("%s: there is no line %s", m[1], line)
			}
		}
	}
	code := map[string]bool{}
	for _, dir := range []string{"../collector", "../cmd/asrcollect"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, "_windows.go") {
				code[strings.TrimPrefix(filepath.ToSlash(path), "../")] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range simulator.Names() {
		in, err := simulator.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range in.Overlay {
			code[c.File] = true
		}
	}
	for name := range code {
		if !covered[name] {
			t.Errorf("nobody looks at %s", name)
		}
	}
	for name := range covered {
		if _, err := os.Stat("../" + name); err != nil && !code[name] && name != "facts/events.ndjson" {
			t.Errorf("%s is not there", name)
		}
	}
}
