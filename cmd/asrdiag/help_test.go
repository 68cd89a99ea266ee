package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpOf prints the help of a command as a user sees it.
func helpOf(t *testing.T, c *cobra.Command) string {
	t.Helper()
	var out, errs bytes.Buffer
	args := append(strings.Fields(c.CommandPath())[1:], "--help")
	if code := newApp(nil, &out, &errs, fstest.MapFS{}).run(args); code != 0 || errs.Len() > 0 {
		t.Fatalf("%q: exit %d, stderr %q", args, code, errs.String())
	}
	return out.String()
}

// TestHelp reads the help of every command: it fits 80 columns, and it has an
// example.
func TestHelp(t *testing.T) {
	a := newApp(nil, nil, nil, fstest.MapFS{})
	root := a.rootCommand()
	a.finishHelp(root)
	for c := range tree(root) {
		if c.Hidden || c.Name() == "help" || c.HasParent() && c.Parent().Name() == "completion" {
			continue // cobra's own words
		}
		text := helpOf(t, c)
		if !strings.Contains(text, "Examples:\n  "+program) && !strings.Contains(text, "Examples:\n  source <("+program) {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", c.CommandPath(), n, line)
			}
		}
	}
}

func TestCompleteCheck(t *testing.T) {
	for _, typed := range []string{"", "x"} {
		got, _ := newApp(nil, nil, nil, fstest.MapFS{}).completeCheck(nil, nil, typed)
		if len(got) > 0 {
			t.Errorf("without packs %q completes to %v", typed, got)
		}
	}
}
