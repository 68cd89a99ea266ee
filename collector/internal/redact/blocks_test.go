package redact

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
)

// block is a text of several lines: as it is, and with # for each of its secrets.
type block struct{ name, in, want string }

// blocks reads a file of texts, each behind a line with its name, with what is
// secret between « and ».
func blocks(t *testing.T, file string) (out []block) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		b := block{name: name}
		for i, p := range strings.Split(text, "«") {
			secret, rest, ok := strings.Cut(p, "»")
			switch {
			case i == 0:
				b.in, b.want = p, p
			case !ok:
				t.Fatalf("a secret of %q has no end", name)
			default:
				b.in, b.want = b.in+secret+rest, b.want+"#"+rest
			}
		}
		out = append(out, b)
	}
	return out
}

// TestBlocks wants of every text of several lines what is secret gone and all else
// left: with each end of lines, in pieces, in UTF-16, and across the end of the buffer.
func TestBlocks(t *testing.T) {
	for _, b := range blocks(t, "testdata/blocks.txt") {
		t.Run(b.name, func(t *testing.T) {
			if b.in == b.want {
				t.Fatal("has no secret")
			}
			wantBlock(t, b)
		})
	}
}

// TestHarmlessBlocks wants texts of several lines that look as if they had secrets
// unchanged.
func TestHarmlessBlocks(t *testing.T) {
	for _, b := range blocks(t, "testdata/plainblocks.txt") {
		t.Run(b.name, func(t *testing.T) { wantBlock(t, b) })
	}
}

func wantBlock(t *testing.T, b block) {
	t.Helper()
	const before, behind = "14:22:31 before\n", "\n14:22:32 behind\n"
	in, want := before+b.in+behind, before+b.want+behind
	for _, size := range []int{1, 7, len(in)} {
		if got := hidden(string(redactAll(t, []byte(in), StreamOptions{}, size))); got != want {
			t.Fatalf("in pieces of %d\n%s\nbecomes\n%s", size, in, got)
		}
	}
	crlf := strings.NewReplacer("\n", "\r\n")
	if got := hidden(string(redactAll(t, []byte(crlf.Replace(in)), StreamOptions{}, 99))); got != crlf.Replace(want) {
		t.Errorf("with CR and LF it becomes %q", got)
	}
	for _, enc := range []Encoding{UTF16LE, UTF16BE} {
		order := binary.ByteOrder(binary.LittleEndian)
		if enc == UTF16BE {
			order = binary.BigEndian
		}
		if got := hidden(string(decode16(nil, redactAll(t, wide(in, order), StreamOptions{Encoding: enc}, 11), enc))); got != want {
			t.Errorf("in %s it becomes %q", enc, got)
		}
	}
	for shift := 0; shift < len(in)+2; shift += 1 + len(in)/9 {
		pad := strings.Repeat("0123456789 abcde\n", bufferSize/17+1)
		pad = pad[:bufferSize-shift-1] + "\n"
		if got := redactAll(t, []byte(pad+in), StreamOptions{}, 32<<10); !bytes.HasSuffix([]byte(hidden(string(got[len(pad)-1:]))), []byte(want)) {
			t.Fatalf("%d bytes before the end of the buffer it becomes %q", shift, got[len(pad)-1:])
		}
	}
}
