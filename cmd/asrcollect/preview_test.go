package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/collector"
)

// TestPreviewWidth holds the table to its width, whatever the words are.
func TestPreviewWidth(t *testing.T) {
	n, size := 123456, int64(1<<40)
	p := collector.Preview{Profile: "p", Role: "unknown", Origin: &collector.Origin{File: "p.json", Name: "p", Version: "1", Base: "generic", Unsigned: "it is not signed"}, Items: []collector.PreviewItem{
		{Kind: "a", Name: strings.Repeat("long-", 10), Treatment: strings.Repeat("x", 50), Why: strings.Repeat("words and ", 30), What: []string{"short"}},
		{Kind: "b", Name: "n", Files: &n, Size: &size, Cap: &size, Treatment: "t", Why: strings.Repeat("日本", 60), Notes: []string{strings.Repeat("note ", 40)}},
		{Kind: "b", Name: "bad\x1b[31m", Why: "w", Notes: []string{"1", "2", "3", "4", "5", "6", "7"}},
	}}
	for _, width := range []int{leastWidth, previewWidth, mostWidth} {
		var out bytes.Buffer
		newTable(&out, width).preview(p)
		for line := range strings.Lines(out.String()) {
			if got := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); got > width {
				t.Errorf("a line of %d columns for %d: %q", got, width, line)
			}
			if line != "\n" && strings.TrimSpace(line) == "" {
				t.Errorf("a line has blanks alone: %q", line)
			}
		}
		if text := out.String(); strings.Contains(text, "\x1b") || !strings.Contains(text, "2 notes more") || !strings.Contains(text, "WHY") {
			t.Errorf("the table is\n%s", text)
		}
	}
}

func TestWrap(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "one two three": "one two|three", "process-server-port": "process-|server-|port", "/var/log/x": "/var/log/|x", "abcdefghijklmnop": "abcdefghi|jklmnop", "öäüöäüöäüö": "öäüöäüöäü|ö",
	} {
		if got := strings.Join(wrap(in, 9), "|"); got != want {
			t.Errorf("wrap(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAmount(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1 << 10: "1 KiB", 1536: "1.5 KiB", 746<<10 + 600: "746 KiB", 1023<<20 + 1: "1023 MiB", 96 << 20: "96 MiB", 1 << 40: "1024 GiB"} {
		if got := amount(&n); got != want || len(got) > 8 {
			t.Errorf("amount(%d) = %q, want %q", n, got, want)
		}
	}
	if amount(nil) != "" {
		t.Error("what is not known has a size")
	}
}
