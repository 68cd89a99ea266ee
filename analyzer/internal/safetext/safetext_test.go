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
