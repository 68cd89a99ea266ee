package render

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain text\n\twith lines", "plain text\n\twith lines"},
		{"größer, 日本語, ﷺ", "größer, 日本語, ﷺ"},
		{"\x1b[31mred\x1b[0m", "[31mred[0m"},
		{"\x1b]0;title\x07", "]0;title"},
		{"c1 \u009b31m", "c1 31m"},
		{"del\x7f nul\x00", "del nul"},
		{"dos\r\nmac\runix\n", "dos\nmac\nunix\n"},
		{"vt\vff\fnel\u0085ls\u2028ps\u2029.", "vt\nff\nnel\nls\nps\n."},
		{"\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x"},
		{"zero\u200bwidth\u200d\ufeff\u2060", "zerowidth"},
		{"tag\U000e0041\U000e0042", "tag"},
		{"soft\u00adhyphen", "softhyphen"},
		{"filler\u3164\u115f", "filler"},
		{"private\ue000", "private"},
		{"warn \u26a0\ufe0f", "warn \u26a0"},
		{"bad\xff\xfeutf", "bad\ufffdutf"},
		{"Z" + strings.Repeat("\u0301", 40) + "a\u0301", "Z" + strings.Repeat("\u0301", maxMarks) + "a\u0301"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanCuts(t *testing.T) {
	for _, unit := range []string{"a", "é", "日", "🙂"} {
		got := Clean(strings.Repeat(unit, maxField+1))
		if len(got) > maxField+len(cutMark) || !strings.HasSuffix(got, cutMark) || !utf8.ValidString(got) || strings.Contains(got, "\uFFFD") {
			t.Errorf("Clean of a long text of %q: %d bytes, ends in %q", unit, len(got), got[len(got)-12:])
		}
	}
	if whole := strings.Repeat("a", maxField); Clean(whole) != whole {
		t.Error("Clean cut a text of the longest length")
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31m\u202e\r\n日本\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if strings.ContainsFunc(got, hidden) || !utf8.ValidString(got) {
			t.Errorf("Clean(%q) = %q", s, got)
		}
		if len(got) < maxField && Clean(got) != got {
			t.Errorf("Clean(Clean(%q)) = %q, Clean = %q", s, Clean(got), got)
		}
	})
}

// TestCleanReport fills every text of a report with an escape and looks for one
// that survived: a member added later cannot be forgotten.
func TestCleanReport(t *testing.T) {
	var r report.Report
	fill(reflect.ValueOf(&r).Elem(), 0)
	if n := escapes(reflect.ValueOf(r)); n < 100 {
		t.Fatalf("the filled report has %d texts; the test does not reach it all", n)
	}
	if n := escapes(reflect.ValueOf(*cleanReport(&r))); n != 0 {
		t.Errorf("%d texts were not cleaned", n)
	}
}

func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x\x1by")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("x\x1by"))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), depth+1)
		fill(v.Index(1), depth+1)
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(k, depth+1)
		fill(e, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	}
}

func escapes(v reflect.Value) int {
	n := 0
	switch v.Kind() {
	case reflect.String:
		n = strings.Count(v.String(), "\x1b")
	case reflect.Pointer:
		if !v.IsNil() {
			n = escapes(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return strings.Count(string(v.Bytes()), "\x1b")
		}
		for i := range v.Len() {
			n += escapes(v.Index(i))
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			n += escapes(it.Key()) + escapes(it.Value())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += escapes(v.Field(i))
			}
		}
	}
	return n
}
