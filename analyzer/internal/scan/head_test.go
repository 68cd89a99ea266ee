package scan

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func TestWithoutRest(t *testing.T) {
	for _, tt := range []struct {
		expr, want string
	}{
		{`^a(?P<m>.*)$`, `^a`},
		{`^a.*$`, `^a`},
		{`^a.*?`, ""},
		{`^a\.*$`, ""},
		{`^a\\.*$`, `^a\\`},
		{`^(?P<d>\d+) (?P<n>.*)`, `^(?P<d>\d+) `},
		{`^(?P<d>\d+) (?P<n>(.*))$`, ""}, // nobody writes that
		{`^a.+$`, ""},
		{`^a$`, ""},
		{`.*`, ""},
		{`^a.*b$`, ""},
		{`^a|b.*$`, ""},
		{`^a(?:.*)?$`, ""},
		{`(?m)^a.*$`, ""},
		{`^a.*\z`, ""},
	} {
		got, ok := withoutRest(tt.expr)
		if ok != (tt.want != "") {
			t.Errorf("withoutRest(%q) = %q, %v, want %q", tt.expr, got, ok, tt.want)
			continue
		}
		if ok && got != tt.want {
			t.Errorf("withoutRest(%q) = %q, want %q", tt.expr, got, tt.want)
		}
	}
}

// TestHeadReadsTheSame compares the head of formats with the whole.
func TestHeadReadsTheSame(t *testing.T) {
	clock := decl.Clock{MTime: time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)}
	for _, expr := range []string{
		`^(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:[^ ]* ){0,2}(?P<level>x|ERROR) (?P<m>.*)$`,
		`(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d).*?(?P<m>.*)`,
		`^(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?P<m>.*)$`,
		`^(?P<n>\d+-)*?(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)?\W(?P<m>(?s:.)*)$`,
		`^(?:x|(?P<t>.*))$`,
		`^x(?P<t>.*)$`,
	} {
		f := decl.Format{ID: "f", Line: expr, Time: decl.TimeFormat{Groups: []string{"t"}, Layout: time.DateTime, Zone: "utc"}}
		whole, err := decl.CompileFormat(f)
		if err != nil {
			t.Fatal(err)
		}
		format := newFormat("f", f, whole)
		head, reader := format.head, newLineReader(format)
		m := maker{rand.New(rand.NewPCG(1, 5))}
		for range 2000 {
			line := m.line()
			if head.Match([]byte(line)) != whole.Match([]byte(line)) {
				t.Fatalf("%q: the head matches %q: %v", expr, line, head.Match([]byte(line)))
			}
			a, _, okA := head.Time(line, clock)
			if b, _, okB := whole.Time(line, clock); okA != okB || !a.Equal(b) {
				t.Fatalf("%q: the head reads %q as %v, the whole as %v", expr, line, a, b)
			}
			if c, _, ok := reader.time([]byte(line), clock); ok != okA || !c.Equal(a) || reader.match([]byte(line)) != whole.Match([]byte(line)) {
				t.Fatalf("%q: steps read %q as %v, the library as %v", expr, line, c, a)
			}
			want, _ := whole.Parse(line, clock)
			if d := cmp.Diff(want, reader.entry([]byte(line), clock)); d != "" {
				t.Fatalf("%q: the entry of %q (-library +steps):\n%s", expr, line, d)
			}
		}
	}
}

// TestSteps follows expressions as the library does.
func TestSteps(t *testing.T) {
	for _, tt := range []struct{ expr, line string }{
		{`^([0-9A-F]+)\t(?:[^\t]*\t){1,3}(NORMAL|FATAL)\t`, "0E7E\tx\tNORMAL\tFATAL\t"},
		{`^(a|ab)(c|bcd)?(d*)`, "abcd"},
		{`^(a+?)(a*)(a??)(b)?`, "aaab"},
		{`^(?:(a)|b)*c`, "abc"}, // left to the library
		{`^(?i)abc`, "ABC"},     // this, too
		{`^(x*)(x*)$`, "xxx"},
		{`^(?P<m>(?s:.)*)\n`, "a\nb\n"},
		{`^(.*)(\d)`, "a1b2c"},
		{`^()|^(a)`, "a"},
		{`^(a?){3}(a{2})`, "aaaa"},
	} {
		compareSteps(t, tt.expr, tt.line)
	}
	slow := `^` + strings.Repeat(`(\w*)`, 12) + `!`
	if p := stepsOf(slow); p.start == nil {
		t.Error("an expression of runs has no steps")
	} else if _, ok := (&lineReader{groups: make([]int, p.slots)}).run(&p, []byte(strings.Repeat("x", 500))); ok {
		t.Error("a line that takes very many steps is not left to the library")
	}
}

// compareSteps reads a line both ways; it reports whether the steps tell.
func compareSteps(t *testing.T, expr, line string) {
	t.Helper()
	re, err := regexp.Compile(expr)
	if err != nil {
		return
	}
	p := stepsOf(expr)
	if p.start == nil {
		return
	}
	r := &lineReader{groups: make([]int, p.slots)}
	found, ok := r.run(&p, []byte(line))
	want := re.FindStringSubmatchIndex(line)
	if ok && found != (want != nil) {
		t.Fatalf("%q on %q: %v, the library %v", expr, line, found, want)
	}
	if ok && found && !slices.Equal(r.groups[2:], want[2:]) {
		t.Fatalf("%q on %q: %v, the library %v", expr, line, r.groups, want)
	}
}

func FuzzSteps(f *testing.F) {
	f.Add(`^(a|ab)(c|bcd)(d*?)x?`, "abcd")
	f.Add(`^\s*\{(?:.*"L"\s*:\s*"(?P<level>\w+)")?.*"T"`, `{"L":"x","T"`)
	f.Add(`^(?:[^\t]*\t){2,4}(N|V)$`, "a\tb\tN")
	f.Fuzz(func(t *testing.T, expr, line string) {
		if len(expr) < 200 && len(line) < 2000 {
			compareSteps(t, expr, strings.ToValidUTF8(line, "?"))
		}
	})
}

// FuzzHead looks for a line that the head of an expression sees otherwise.
func FuzzHead(f *testing.F) {
	f.Add(`^(a|ab)(c|bcd)(?P<m>.*)$`, "abcd")
	f.Add(`(x*)(x+?).*`, "xxxy")
	f.Fuzz(func(t *testing.T, expr, line string) {
		whole, err := regexp.Compile(expr)
		if err != nil || len(expr) > 200 || strings.Contains(line, "\n") {
			return
		}
		line = strings.ToValidUTF8(line, "\ufffd")
		short, ok := withoutRest(expr)
		if !ok {
			return
		}
		head, err := regexp.Compile(short)
		if err != nil {
			t.Fatalf("%q became %q: %v", expr, short, err)
		}
		a, b := head.FindStringSubmatchIndex(line), whole.FindStringSubmatchIndex(line)
		if (a == nil) != (b == nil) {
			t.Fatalf("%q on %q: %v, %q: %v", short, line, a, expr, b)
		}
		for i := 2; i < len(a); i++ {
			if a[i] != b[i] {
				t.Fatalf("%q on %q: %v, %q: %v", short, line, a, expr, b)
			}
		}
	})
}
