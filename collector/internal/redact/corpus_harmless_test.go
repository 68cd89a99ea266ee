package redact

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
)

// harmlessCorpus are lines without a secret that look as if they had one, and
// lines of the products' logs.
func harmlessCorpus(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/harmless.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	if len(lines) < 300 {
		t.Fatalf("the corpus has %d lines, want 300 or more", len(lines))
	}
	return lines
}

// TestHarmlessCorpus wants every line unchanged: alone, as one text with every
// line end, and in UTF-16.
func TestHarmlessCorpus(t *testing.T) {
	lines := harmlessCorpus(t)
	for _, in := range lines {
		if got := shared.String(in, nil); got != in {
			t.Errorf("a line was changed\nfrom %q\nto   %q", in, got)
		}
	}
	for _, end := range []string{"\n", "\r\n", "\r", "\r\r\n"} {
		text := []byte(strings.Join(lines, end) + end)
		wantSame(t, text, redactAll(t, text, StreamOptions{}, 4097), end)
		le := wide(string(text), binary.LittleEndian)
		wantSame(t, le, redactAll(t, le, StreamOptions{Encoding: UTF16LE}, 4097), "UTF-16 "+end)
		be := wide(string(text), binary.BigEndian)
		wantSame(t, be, redactAll(t, be, StreamOptions{Encoding: UTF16BE}, 4097), "UTF-16BE "+end)
	}
}

func wantSame(t *testing.T, want, got []byte, what string) {
	t.Helper()
	if bytes.Equal(want, got) {
		return
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	t.Errorf("with %q the text was changed at %d: from %q to %q", what, i, want[max(0, i-80):min(len(want), i+80)], got[max(0, i-80):min(len(got), i+80)])
}
