package scan

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestFilterPasses: what an expression matches, its filter passes, and what
// lacks a literal it stops.
func TestFilterPasses(t *testing.T) {
	tests := []struct {
		expr, text string
		want       bool
	}{
		{`a`, "", true}, // nothing is known of it
		{`error \d+ in (x|y)`, "error 5 in x", true},
		{`error \d+ in (x|y)`, "error 5", false},
		{`(?i)http[^0-9]{0,20}407`, "GET HTTP/x 407", true},
		{`(?i)http[^0-9]{0,20}407`, "GET HTTP/x 200", false},
		{`(?i)one|two.*three`, "TWO and four", false},
		{`(?i)one|two.*three`, "TWO and Three", true},
		{`(?i)one|two.*three`, "xonex", true},
		{`one|\d`, "5", true},
		{`(?i)0x80(?:072ee2|190197)`, "0X80190197", true},
		{`(?i)0x80(?:072ee2|190197)`, "0X80190198", false},
		{`(?i)kelvin`, "\u212aelvin", true},
		{`(?i)rest`, "re\u017ft", true},
		{`(?i)rest`, "résumé", false},
		{`(ab)*cd`, "cd", true},
		{`(ab)?`, "", true},
		{`(?:ab){2,}`, "abab", true},
		{`(?:ab){2,}`, "ba", false},
	}
	for _, tt := range tests {
		var in text
		in.reset([]byte(tt.text))
		got := filterOf(tt.expr).passes(&in)
		if got != tt.want {
			t.Errorf("filter of %q passes %q: %v, want %v", tt.expr, tt.text, got, tt.want)
		}
		if !got && regexp.MustCompile(tt.expr).MatchString(tt.text) {
			t.Errorf("filter of %q stops %q, which matches", tt.expr, tt.text)
		}
	}
	var many []string
	for i := range maxWays + 1 {
		many = append(many, fmt.Sprintf("%c%d", 'a'+i, i))
	}
	if f := filterOf(strings.Join(many, "|")); f != nil {
		t.Errorf("an expression of %d ways has a filter of %d", len(many), len(f))
	}
}

// FuzzFilter looks for a text that matches and is stopped.
func FuzzFilter(f *testing.F) {
	f.Add(`(?i)http[^0-9]{0,20}407|:443\b`, "HTTP error 407")
	f.Add(`a(?:bc|de)+f?`, "xabcdex")
	f.Add(`(?i)ſk`, "SK")
	f.Fuzz(func(t *testing.T, expr, in string) {
		re, err := regexp.Compile(expr)
		if err != nil || len(expr) > 200 {
			return
		}
		var x text
		x.reset([]byte(in))
		if re.MatchString(in) && !filterOf(expr).passes(&x) {
			t.Errorf("%q matches %q, and its filter stops it", expr, in)
		}
	})
}
