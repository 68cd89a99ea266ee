package redact

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
)

// secretLines are lines with what is secret between « and »; ⏎ is an end of a
// line. It returns them as they are and with each secret as #.
func secretLines(t *testing.T) (in, want []string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/secrets.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n") {
		parts := strings.Split(strings.ReplaceAll(text, "⏎", "\n"), "«")
		plain, without := parts[0], parts[0]
		for _, p := range parts[1:] {
			secret, rest, ok := strings.Cut(p, "»")
			if !ok {
				t.Fatalf("a secret of %q has no end", text)
			}
			plain, without = plain+secret+rest, without+"#"+rest
		}
		in, want = append(in, plain), append(want, without)
	}
	return in, want
}

// hidden writes # for each mark.
func hidden(text string) string {
	for i := strings.Index(text, markPrefix); i >= 0; i = strings.Index(text, markPrefix) {
		end := marked([]byte(text), i)
		if end == i {
			return text
		}
		text = text[:i] + "#" + text[end:]
	}
	return text
}

// TestSecretLines wants of every line what is secret gone and all else left: alone,
// between other lines, and in UTF-16.
func TestSecretLines(t *testing.T) {
	lines, want := secretLines(t)
	for i, in := range lines {
		if got := hidden(shared.String(in, nil)); got != want[i] {
			t.Errorf("String(%q) = %q, want %q", in, got, want[i])
			continue
		}
		text := "14:22:31 before\r\n" + in + "\r\n14:22:32 behind\r\n"
		if got := hidden(string(redactAll(t, []byte(text), StreamOptions{}, 7))); got != "14:22:31 before\r\n"+want[i]+"\r\n14:22:32 behind\r\n" {
			t.Errorf("between lines %q becomes %q", in, got)
		}
		if strings.ContainsFunc(in, func(c rune) bool { return c >= 0x80 }) {
			continue // the view of UTF-16 has no signs beyond ASCII
		}
		for _, enc := range []Encoding{UTF16LE, UTF16BE} {
			order := binary.ByteOrder(binary.LittleEndian)
			if enc == UTF16BE {
				order = binary.BigEndian
			}
			got := redactAll(t, wide(in+"\r\nend", order), StreamOptions{Encoding: enc}, 11)
			if text := hidden(string(decode16(nil, got, enc))); text != want[i]+"\r\nend" {
				t.Errorf("%s: %q becomes %q", enc, in, text)
			}
		}
	}
}

// TestOrdinaryLines wants lines that speak of passwords, keys and the like, and
// have none, unchanged: alone, behind what logs have before a text, and in one
// text.
func TestOrdinaryLines(t *testing.T) {
	raw, err := os.ReadFile("testdata/ordinary.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	if len(lines) < 400 {
		t.Fatalf("there are %d lines, want 400 or more", len(lines))
	}
	for _, in := range lines {
		for _, before := range []string{
			"", "2024-03-05 14:22:31:004211 EXCEPTION : MONITOR_PS 5120 : ", "#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 ", "2024-Mar-05 14:22:31\tERROR\t[at session.cpp:handleRead:169]   ",
			"1A2C\t0F40\t03/05\t14:22:31.455\t18\tcrypto.cpp(88)\t\tT-1\tD-1\tNORMAL\t", "2024-03-05T14:22:31.1234567+01:00\tError:\t", "Mar  5 14:22:31 srv app[12]: ", "2024-03-05 14:22:31,123 [main] INFO  c.e.Auth - ", "[2024-03-05 14:22:31] ",
		} {
			if got := shared.String(before+in, nil); got != before+in {
				t.Errorf("String(%q) = %q", before+in, got)
				break
			}
		}
	}
	text := []byte(strings.Join(lines, "\r\n\r\n"))
	wantSame(t, text, redactAll(t, text, StreamOptions{}, 4097), "empty lines")
}
