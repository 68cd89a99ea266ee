package bundles_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

var globCases = []struct {
	pattern, name string
	want          bool
}{
	{"facts/services.json", "facts/services.json", true},
	{"facts/services.json", "facts/Services.JSON", true},
	{"FACTS/*.json", "facts/services.json", true},
	{"facts/*.json", "facts/start/services.json", false},
	{"facts/**/services.json", "facts/services.json", true},
	{"facts/**/services.json", "facts/start/services.json", true},
	{"logs/cxps/**", "logs/cxps/C/ProgramData/x.log", true},
	{"logs/cxps/**", "logs/cxps", true},
	{"logs/cxps/**", "logs/cxps2/x", false},
	{"**/cxps.err*.log", "logs/cxps/C/cxps.err_1.log", true},
	{"**/cxps.err*.log", "logs/cxps/C/cxps.err_1.log.tail", false},
	{"**/a/**/b/*", "x/a/y/a/z/b/c", true},
	{"**/a/**/b/*", "x/a/y/a/z/c/c", false},
	{"**", "a/b/c", true},
	{"*", "a/b", false},
	{"a?c", "abc", true},
	{"a?c", "a/c", false},
	{"a?c", "ac", false},
	{"*.log", ".log", true},
	{"a**b", "axxb", true}, // ** inside an element is *
	{"a**b", "a/b", false},
	{"[ab]", "a", false},
	{`a\*`, `a\x`, true},
	{"", "", true},
	{"", "a", false},
	{"größe/*", "GRÖSSE/x", false},
	{"größe/*", "GRÖßE/x", true},
	{"?", "ö", true},
	{"*??", "世", false},
}

func TestGlob(t *testing.T) {
	for _, tc := range globCases {
		if got := bundles.Glob(tc.pattern, tc.name); got != tc.want {
			t.Errorf("Glob(%q, %q) = %v, want %v", tc.pattern, tc.name, got, tc.want)
		}
	}
}

// naiveGlob says what a glob means, without a thought for speed.
func naiveGlob(pattern, name string) bool {
	return naiveElems(strings.Split(strings.ToLower(pattern), "/"), strings.Split(strings.ToLower(name), "/"))
}

func naiveElems(pat, elems []string) bool {
	switch {
	case len(pat) == 0:
		return len(elems) == 0
	case pat[0] == "**":
		return naiveElems(pat[1:], elems) || len(elems) > 0 && naiveElems(pat, elems[1:])
	}
	return len(elems) > 0 && naiveElem([]rune(pat[0]), []rune(elems[0])) && naiveElems(pat[1:], elems[1:])
}

func naiveElem(pat, s []rune) bool {
	switch {
	case len(pat) == 0:
		return len(s) == 0
	case pat[0] == '*':
		return naiveElem(pat[1:], s) || len(s) > 0 && naiveElem(pat, s[1:])
	}
	return len(s) > 0 && (pat[0] == '?' || pat[0] == s[0]) && naiveElem(pat[1:], s[1:])
}

func FuzzGlob(f *testing.F) {
	for _, tc := range globCases {
		f.Add(tc.pattern, tc.name)
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 16 || len(name) > 24 || !utf8.ValidString(pattern) || !utf8.ValidString(name) {
			return
		}
		if got, want := bundles.Glob(pattern, name), naiveGlob(pattern, name); got != want {
			t.Errorf("Glob(%q, %q) = %v, want %v", pattern, name, got, want)
		}
	})
}

// TestGlobIsFast: patterns that make a backtracking matcher explode.
func TestGlobIsFast(t *testing.T) {
	pattern := strings.Repeat("**/*a*a*a*a*/", 20) + "b"
	name := strings.Repeat(strings.Repeat("a", 50)+"/", 60) + "c"
	if bundles.Glob(pattern, name) {
		t.Error("matches")
	}
}

func TestMatch(t *testing.T) {
	b := open(t, tree("logs/a/2.log", "", "logs/a/1.LOG", "", "logs/a/1.log.tail", ""))
	want := []string{"logs/a/1.LOG", "logs/a/2.log"}
	if diff := cmp.Diff(want, b.Match("logs/**/*.log")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMatchLogs(t *testing.T) {
	b := open(t, tree("logs/a/2.log", "", "logs/a/1.log", "", "logs/a/1.log.tail", "", "logs/a/1.txt.tail", ""))
	want := []string{"logs/a/1.log", "logs/a/1.log.tail", "logs/a/2.log"}
	if diff := cmp.Diff(want, b.MatchLogs("logs/**/*.log")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSourceOf(t *testing.T) {
	for name, want := range map[string]string{
		"facts/services.json":       "services",
		"facts/start/services.json": "services",
		"facts/events.ndjson":       "events",
		"logs/cxps/C/x.log":         "logs/cxps",
		"metrics/samples.ndjson":    "metrics",
		"bundle.json":               "",
		"manifest.json":             "",
		"collect.log":               "",
	} {
		if got := bundles.SourceOf(name); got != want {
			t.Errorf("SourceOf(%q) = %q, want %q", name, got, want)
		}
	}
}
