package scan

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

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
		head := headOf(f, whole)
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
		}
	}
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
