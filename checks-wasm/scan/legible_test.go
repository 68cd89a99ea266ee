package scan

import (
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	kinds := func(s string) (out []LineKind) {
		for _, c := range s {
			out = append(out, map[rune]LineKind{'p': LineParsed, 'b': LineBlank, 'u': LineUnknown}[c])
		}
		return out
	}
	for _, c := range []struct {
		name, lines    string
		join           bool
		known, unknown int
		illegible      bool
	}{
		{"nothing", "", false, 0, 0, false},
		{"all", "ppp", false, 3, 0, false},
		{"blank lines do not count", "bpbpbp", false, 3, 0, false},
		{"half", "pupu", false, 2, 2, false},
		{"under half", "puuup", false, 2, 3, true},
		{"a heading alone", "u", false, 0, 1, false},
		{"two headings", "uu", false, 0, 2, true},
		{"an entry of several lines", "puuubu", true, 5, 0, false},
		{"lines before the first entry", "uuup", true, 1, 3, true},
		{"a dump", "p" + strings.Repeat("u", MaxContinued), true, MaxContinued + 1, 0, false},
		{"a line of the format in another log", "p" + strings.Repeat("u", 2*MaxContinued+2), true, MaxContinued + 1, MaxContinued + 2, true},
	} {
		got := Judge(kinds(c.lines), c.join)
		if got.Known != c.known || got.Unknown != c.unknown || got.Illegible() != c.illegible {
			t.Errorf("%s: %+v, illegible %v, want %d, %d, %v", c.name, got, got.Illegible(), c.known, c.unknown, c.illegible)
		}
	}
}
