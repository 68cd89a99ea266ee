package store

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

type nothing struct{ io.Writer }

func (nothing) Close() error { return nil }

func TestSampler(t *testing.T) {
	text := "first line\na password=hunter2 and more\nb password=hunter3\n" + strings.Repeat("x", 200) + " sig=aBcDeFgH123 " + strings.Repeat("y", 200) + "\n{\"token\":\"abcdefgh12345678\"}\nlast secret=hunter4"
	want := []string{
		"a password=[REDACTED:password] and more", strings.Repeat("x", 55) + " sig=[REDACTED:sas] " + strings.Repeat("y", 59), "{\"token\":\"[REDACTED:token]\"}",
	}
	for _, enc := range []redact.Encoding{redact.Bytes8, redact.UTF16LE} {
		raw := []byte(text)
		if enc == redact.UTF16LE {
			raw = nil
			for _, u := range utf16.Encode([]rune(text)) {
				raw = binary.LittleEndian.AppendUint16(raw, u)
			}
		}
		for _, piece := range []int{1, 7, len(raw)} {
			var out bytes.Buffer
			s := newSampler(nothing{&out}, enc)
			w := redact.New(redact.Options{}).NewWriter(s, redact.StreamOptions{Encoding: enc})
			for rest := raw; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				if _, err := w.Write(rest[:min(piece, len(rest))]); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, s.samples); diff != "" {
				t.Errorf("%s, pieces of %d (-want +got):\n%s", enc, piece, diff)
			}
		}
	}
}

// TestSamples: a store keeps samples when it is asked to, of files and of facts.
func TestSamples(t *testing.T) {
	var out bytes.Buffer
	s, _ := newStore(t, &out, Limits{})
	s.Sample()
	k := s.Sink()
	if err := k.Fact("registry", map[string]string{"a": "x password=hunter2 y"}); err != nil {
		t.Fatal(err)
	}
	e, err := k.Create(bundles.File{Path: "logs/x/a.log"}, redact.StreamOptions{}, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(e, "one token=abcdefgh12345678 two\n"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(nil); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"facts/registry.json": {`{"a":"x password=[REDACTED:password] y"}`}, "logs/x/a.log": {"one token=[REDACTED:token] two"}}
	if diff := cmp.Diff(want, s.Samples()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
