package charset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSniff(t *testing.T) {
	for in, want := range map[string]string{
		"": "utf-8", "plain\n": "utf-8", "d\xc3\xbc": "utf-8", "d\xfc\n": "", "a\x00b\x00c\x00d\x00": "utf-16le", "\x00a\x00b\x00c\x00d": "utf-16be",
		"\xef\xbb\xbfx": "utf-8", "\xfe\xff\x00a": "utf-16be", strings.Repeat("text ", 30) + "\x00": "utf-8",
	} {
		if got, ok := Sniff([]byte(in)); !ok || got != want {
			t.Errorf("Sniff(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"\x7fELF\x02\x01", "PK\x03\x04....", "\x1f\x8b\x08", "\x01\x02\x03\x04", "\xff\xfe\x00\x00a\x00\x00\x00"} {
		if got, ok := Sniff([]byte(in)); ok {
			t.Errorf("Sniff(%q) = %q, want it refused", in, got)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ raw, encoding, want string }{
		{"\xef\xbb\xbfCX_TYPE = 2", "utf-8", "CX_TYPE = 2"},
		{"\xff\xfeK\x00=\x00\xfc\x00", UTF16LE, "K=ü"},
		{"\xfe\xff\x00K\x00=\xd8\x3d\xde\x00", UTF16BE, "K=\U0001f600"},
		{"K\x00=\x001\x00\n", UTF16LE, "K=1"},
		{"d\xfcr", "", "d\ufffdr"},
		{"", UTF16LE, ""},
	} {
		if got := Decode([]byte(c.raw), c.encoding); got != c.want {
			t.Errorf("Decode(%q, %q) = %q, want %q", c.raw, c.encoding, got, c.want)
		}
	}
}

// FuzzSniff holds the encoding that is told against what can be decoded.
func FuzzSniff(f *testing.F) {
	for _, s := range []string{"", "plain\n", "\xff\xfea\x00", "\xfe\xff\x00a", "\xef\xbb\xbfx", "\x7fELF", "d\xfc\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		encoding, ok := Sniff(head)
		if !ok && encoding != "" {
			t.Errorf("refused, and yet %q", encoding)
		}
		if encoding == "utf-8" && !valid(head) {
			t.Errorf("%q is not UTF-8", head)
		}
		if text := Decode(head, encoding); !utf8.ValidString(text) {
			t.Errorf("%q is decoded to %q", head, text)
		}
	})
}
