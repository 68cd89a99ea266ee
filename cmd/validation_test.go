package cmd

import (
	"os"
	"regexp"
	"strings"
	"testing"
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
