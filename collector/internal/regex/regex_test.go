package regex

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expressions are one of each thing that an expression can have, and those that
// are easily got wrong.
var expressions = []string{
	``, `a`, `abc`, `a|b`, `a|`, `|a`, `a||b`, `()`, `(a)(b)`, `(?:a|ab)(c|bcd)(d*)`, `.`, `.*`, `(?s).*`, `(?s:.)(.)`, `a*`, `a+`, `a?`, `a*?`, `a+?`, `a??`,
	`a{2}`, `a{2,}`, `a{2,3}`, `a{2,3}?`, `a{0}`, `a{0,1}`, `a{,2}`, `a{`, `a{x}`, `a{1`, `{1}`, `a{01}`, `(a{2}){3}`, `x{1000}`, `x{1001}`, `(x{100}){11}`, `x{3,2}`,
	`(a*)*`, `(a*)+`, `(a|b*)*`, `(a?)*?`, `(?:a?)*?b`, `(|a)*`, `(|a)+`, `(a|)+b`, `(?:(a)|b)*`, `(a*){2,}`, `(?:a*){3}`, `((a)|(b))*c`, `(a+)(b+)?`, `(^a|b)*`, `(?:$)*`,
	`^`, `$`, `^$`, `^a`, `a$`, `(?m)^a`, `(?m)a$`, `(?m)^$`, `\Aa`, `a\z`, `\ba`, `a\b`, `\Ba`, `a\B`, `\b`, `\B`, `^*`, `$+`, `\b*`, `(?:^|x)a`, `(?:^|)a`, `a(?:$|b)`,
	`[abc]`, `[^abc]`, `[a-c]`, `[-a]`, `[a-]`, `[]a]`, `[^]a]`, `[a\]]`, `[\d-z]`, `[\w.-]`, `[^\s]`, `[\D\d]`, `[^\D\d]`, `[[:alpha:]]`, `[[:^alpha:]]`, `[[:foo:]]`, `[[:word:]-]`, `[a-`, `[z-a]`, `[`, `[]`, `[^]`, `[\x41-\x43]`, `[[:alpha:]`, `[:alpha:]`,
	`\d`, `\D`, `\s`, `\S`, `\w`, `\W`, `\t\n\r\f\v\a`, `\x41`, `\x{1F600}`, `\x4`, `\x{}`, `\x{110000}`, `\101`, `\0`, `\08`, `\1`, `\8`, `\_`, `\-`, `\.`, `\e`, `\Z`, `\C`, `\`, `\Qa.b\E+`, `\Q`, `\Qab`, `\Qa\E*`, `\Q\E*`, `a\Q\E*`,
	`(?i)abc`, `(?i)[a-c]`, `(?i)[^a-c]`, `(?i)k`, `(?i)ſ`, `(?i)\w`, `(?i)\W`, `(?i)[[:upper:]]`, `(?i)[^[:upper:]]`, `(?i:a)b`, `(?i)a(?-i)b`, `a(?i)b|c`, `(a(?i)b)c`, `(?i)Σ`, `(?i)[à-þ]`, `(?-s).`, `(?U)a+`, `(?U)a+?`, `(?U:a*)a*`, `(?im-s)^a.$`,
	`(?P<n>a)`, `(?<n>a)`, `(?P<n>a)(?P<n>b)`, `(?P<>a)`, `(?P<n`, `(?P<a-b>x)`, `(?P=n)`, `(?`, `(?:`, `(`, `)`, `a)`, `(a`, `(?x)a`, `(?)`, `(?-)`, `(?i`, `(?i-)`, `(?--i)`, `(?=a)`, `(?!a)`, `(?i)*`,
	`*`, `+`, `?`, `a**`, `a+*`, `a*+`, `a???`, `a{2}{3}`, `a{2}*`, `(*)`, `|*`, `a|*`, `(?:a{2}){3}`,
	`日本`, `[日-本]`, `.日`, `[^日]`, "\xff", `\x{d800}`, `é+`,
	`(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3}):(?P<port>443)\b`,
	`(?i)URI https://(?P<host>[a-z0-9.-]+)(?::(?P<port>[0-9]+))?\S* access check failed`,
	`(?i)^(?:.*=\s*hex(?:\([0-9a-f]+\))?:|\s*)((?:[0-9a-f]{2},?\s*)+)(\\?)\s*$`,
	`(?m)((?:^|\s)-P[ \t=]+)("[^"\r\n]*"|[^\s"]+)`,
	`"[^"]*"?|'[^']*'?|\S+`,
}

// texts are what the expressions are held against.
var texts = []string{
	"", "a", "b", "aa", "ab", "abc", "abcd", "aaa", "aaaa", "aab", "bab", "xab", "cab", "\n", "a\n", "\na", "a\nb\na", "x\n\na", "ABC", "aBc", "k K \u212a s S ſ", "σΣς", "à À Þ þ é",
	"日本語", "a日b", "\xff", "a\xffb\xc3", "\ufffd", "😀 A", "a-b.c_d", "[a]", "]", "a{2}", "a{x}", "a.b", "a.b.b", " \t\r\n\v\f", "aab aab", "word-word", "0123", "\x00\x01", "ac", "abcbcd", "^$", "x{1}", "Q.E",
	"connect 10.1.2.3:443 and 10.1.2.4:443x", "URI https://a.example.net:8443/x access check failed", `"key"=hex(2):0a,0b,\`, "cmd -P secret -P=\"two words\"\n-P x", `one "two three" 'four'`,
	strings.Repeat("ab", 300), strings.Repeat("a\n", 200),
}

// hold compares an expression with what package regexp makes of it.
func hold(t *testing.T, text string, over []string) {
	t.Helper()
	want, wantErr := regexp.Compile(text)
	got, err := Compile(text)
	switch {
	case wantErr == nil && err != nil && other(text, err):
		return
	case (err == nil) != (wantErr == nil):
		t.Errorf("Compile(%q) = %v, want %v", text, err, wantErr)
		return
	case err != nil:
		return
	}
	if d := cmp.Diff(want.SubexpNames(), got.SubexpNames()); d != "" {
		t.Errorf("%q: names of the groups (-want +got):\n%s", text, d)
	}
	for _, s := range over {
		if d := cmp.Diff(want.FindStringSubmatchIndex(s), got.FindSubmatchIndex([]byte(s))); d != "" {
			t.Errorf("%q in %q (-want +got):\n%s", text, s, d)
		}
		if d := cmp.Diff(want.FindAllStringSubmatchIndex(s, -1), got.FindAllSubmatchIndex([]byte(s))); d != "" {
			t.Errorf("%q, all in %q (-want +got):\n%s", text, s, d)
		}
		if want, got := want.MatchString(s), got.MatchString(s); got != want {
			t.Errorf("%q matches %q: %t, want %t", text, s, got, want)
		}
	}
}

// other tells whether an expression has what only package regexp knows.
func other(text string, err error) bool {
	return strings.Contains(text, `\p`) || strings.Contains(text, `\P`) || strings.Contains(err.Error(), errLarge.Error())
}

func TestSameAsRegexp(t *testing.T) {
	for _, e := range expressions {
		hold(t, e, texts)
	}
}

// TestDrawnExpressions draws expressions and texts of few letters, so that they
// often match.
func TestDrawnExpressions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 5_000 {
		var over []string
		for range 4 {
			over = append(over, drawnText(rnd))
		}
		e := drawn(rnd, 4)
		hold(t, e, over)
		if t.Failed() {
			t.Fatalf("expression %q", e)
		}
	}
}

// drawn is an expression of at most so many levels.
func drawn(rnd *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	if depth == 0 || rnd.IntN(3) == 0 {
		return pick("a", "b", "c", ".", "[ab]", "[^a]", `\w`, `\W`, `\s`, `\b`, `\B`, "^", "$", "", "é", `(?i:É)`, `[a-b\s]`, "(?i:A)", "(?m:^)", "(?m:$)", "(?s:.)")
	}
	a, b := drawn(rnd, depth-1), drawn(rnd, depth-1)
	switch rnd.IntN(5) {
	case 0:
		return a + b
	case 1:
		return pick("(", "(?:") + a + "|" + b + ")"
	case 2:
		return "(" + a + ")" + b
	case 3:
		return "(?:" + a + ")" + pick("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}", "{0,2}?") + b
	}
	return "(" + a + ")" + pick("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}?", "{0}")
}

func drawnText(rnd *rand.Rand) string {
	var b strings.Builder
	for range rnd.IntN(8) {
		b.WriteString([]string{"a", "b", "c", "A", "\n", " ", "é", "É", "\xff"}[rnd.IntN(9)])
	}
	return b.String()
}

func FuzzSameAsRegexp(f *testing.F) {
	for i, e := range expressions {
		f.Add(e, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, e, text string) {
		if len(e) > 200 || len(text) > 2000 {
			t.Skip()
		}
		hold(t, e, []string{text})
	})
}

// TestLinear runs what takes other machines exponential time.
func TestLinear(t *testing.T) {
	text := []byte(strings.Repeat("a", 40_000))
	for _, e := range []string{`(a*)*b`, `(a|a)*b`, `(?:a?){40}a{40}b`, `(.*)*x`, `(?:a|b|aa)*c`, `(?:a+a+)+$b`} {
		if MustCompile(e).Match(text) {
			t.Errorf("%q matches", e)
		}
	}
}

func TestFound(t *testing.T) {
	r := MustCompile(`(?P<name>\w+)=(\d*)(x)?`)
	if got := fmt.Sprintf("%q", r.FindSubmatch([]byte("a; bc=12, d=3"))); got != `["bc=12" "bc" "12" ""]` {
		t.Errorf("FindSubmatch = %s", got)
	}
	if got := fmt.Sprintf("%q", r.FindStringSubmatch("a; bc=, d=3")); got != `["bc=" "bc" "" ""]` {
		t.Errorf("FindStringSubmatch = %s", got)
	}
	if r.FindSubmatch([]byte("none")) != nil || r.FindStringSubmatch("none") != nil {
		t.Error("found where nothing is")
	}
	if r.SubexpIndex("name") != 1 || r.SubexpIndex("other") != -1 || r.SubexpIndex("") != -1 {
		t.Errorf("SubexpIndex of %v", r.SubexpNames())
	}
	got := r.ReplaceAll([]byte("a=1 b=2x c"), func(m []int) []byte { return fmt.Appendf(nil, "<%d>", m[0]) })
	if string(got) != "<0> <4> c" {
		t.Errorf("ReplaceAll = %q", got)
	}
}

func BenchmarkFind(b *testing.B) {
	text := []byte(strings.Repeat("2026-03-05 10:00:01 a line of a log with words, numbers 12345 and signs\r\n", 200))
	for _, e := range []string{`(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3}):(?P<port>443)\b`, `(?i)\bvalue(?:["']?\s*[=:]\s*(?:"([^"]*)|'([^']*))|>([^<]*))`, `\s-p([^\s-]\S*)`} {
		b.Run("regex", func(b *testing.B) {
			r := MustCompile(e)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.FindSubmatchIndex(text)
			}
		})
		b.Run("regexp", func(b *testing.B) {
			r := regexp.MustCompile(e)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.FindSubmatchIndex(text)
			}
		})
	}
}
