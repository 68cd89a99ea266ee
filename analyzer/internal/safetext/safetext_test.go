package safetext

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := map[string]string{
		"":                                "",
		"plain\ttext\n":                   "plain\ttext\n",
		"\u00fcml\u00e4ut \u65e5\u672c":   "\u00fcml\u00e4ut \u65e5\u672c",
		"\x1b[31mred\x1b]0;title\x07":     "[31mred]0;title",
		"c1 \u009b31m":                    "c1 31m",
		"over\rwritten\x08\x7f":           "overwritten",
		"\u202egnp.exe\u2066\u2069\u200f": "gnp.exe",
		"zero\u200bwidth\ufeff\u2060":     "zerowidth",
		"bad\xff\xfe":                     "bad\uFFFD",
		"tag\U000e0041":                   "tag",
		"\u2028line\u2029":                "line",
	}
	for in, want := range tests {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanAll(t *testing.T) {
	type inner struct {
		S *string
		R json.RawMessage
		T time.Time
	}
	type outer struct {
		L []inner
		M map[string][]string
		N map[string]inner
	}
	s, now := "a\x1bb", time.Unix(1, 2)
	v := outer{
		L: []inner{{S: &s, R: json.RawMessage("{\"x\u202e\":\"\\u001b\"}"), T: now}},
		M: map[string][]string{"k\x1b": {"v\u200b"}},
		N: map[string]inner{"n": {R: json.RawMessage("\"\u009b\"")}},
	}
	CleanAll(&v)
	clean := "ab"
	want := outer{
		L: []inner{{S: &clean, R: json.RawMessage(`{"x":"\u001b"}`), T: now}},
		M: map[string][]string{"k": {"v"}},
		N: map[string]inner{"n": {R: json.RawMessage(`""`)}},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("CleanAll gives %+v, want %+v", v, want)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[2J\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, Acts) {
			t.Errorf("Clean(%q) = %q", s, got)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean(%q) = %q, cleaned again %q", s, got, again)
		}
	})
}

func TestWriter(t *testing.T) {
	tests := []struct{ in, encoding, want string }{
		{"plain\x1b[2J \u00e4\u65e5\U0001F600\n", "", "plain[2J \u00e4\u65e5\U0001F600\n"},
		{"\xef\xbb\xbfmark", "", "mark"},
		{"\xff\xfea\x00\x1b\x00\x3d\xd8\x00\xde\n\x00", "", "a\U0001F600\n"},
		{"\x00a\x20\x2e", "utf-16be", "a"},
		{"bad\xff end\xe2\x82", "utf-8", "bad\uFFFD end\uFFFD"},
		{"x", "", "x"},
		{"", "", ""},
	}
	for _, test := range tests {
		for step := 1; step < 5; step++ {
			var out strings.Builder
			w := NewWriter(&out, test.encoding)
			for rest := test.in; rest != ""; rest = rest[min(step, len(rest)):] {
				if _, err := w.Write([]byte(rest[:min(step, len(rest))])); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != test.want {
				t.Errorf("%q in steps of %d gives %q, want %q", test.in, step, got, test.want)
			}
		}
	}
}
