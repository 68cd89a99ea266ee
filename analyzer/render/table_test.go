package render

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

func TestNoLineOverWidth(t *testing.T) {
	for _, name := range fixtures(t) {
		for _, width := range []int{40, 41, 57, 80, 100, 120} {
			for _, verbose := range []bool{false, true} {
				checkWidth(t, draw(t, load(t, name), TableOptions{Width: width, Verbose: verbose, Now: now}), width)
			}
		}
	}
}

// TestNoLineOverWidthRandom replaces every text of the reports with random long
// words, wide letters, tabs and marks.
func TestNoLineOverWidthRandom(t *testing.T) {
	for seed := range uint64(32) {
		rng := rand.New(rand.NewPCG(seed, 7))
		r := load(t, fixtures(t)[int(seed)%4])
		scramble(reflect.ValueOf(r).Elem(), rng)
		width := 40 + rng.IntN(81)
		out := draw(t, r, TableOptions{Width: width, Verbose: seed%2 == 0, Now: now})
		checkWidth(t, out, width)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkWidth(t *testing.T, out string, width int) {
	t.Helper()
	for i, l := range strings.Split(out, "\n") {
		if w := twwidth.Width(l); w > width {
			t.Errorf("line %d is %d columns wide, the limit is %d: %q", i+1, w, width, l)
		}
	}
}

var alphabet = []string{"a", "Wort", " ", "\t", "\n", "-", "/", "日本", "한글", "é", "e\u0301", "🙂", "👩‍🚒", "🇩🇪", "ﷺ", "\x1b[31m", "\u202e", "क्षि", "\xff", "ＡＢ"}

func scramble(v reflect.Value, rng *rand.Rand) {
	switch v.Kind() {
	case reflect.String:
		var b strings.Builder
		for range rng.IntN(60) {
			b.WriteString(strings.Repeat(alphabet[rng.IntN(len(alphabet))], 1+rng.IntN(12)))
		}
		v.SetString(b.String())
	case reflect.Pointer:
		if !v.IsNil() {
			scramble(v.Elem(), rng)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			scramble(v.Index(i), rng)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			scramble(v.Field(i), rng)
		}
	}
}

func TestNoControlCharacters(t *testing.T) {
	ownStyles := regexp.MustCompile(`\x1b\[(?:0|1|2|33|1;3[1-4])m`)
	for _, name := range fixtures(t) {
		r := load(t, name)
		for _, color := range []bool{false, true} {
			out := draw(t, r, TableOptions{Width: 80, Color: color, Verbose: true, Now: now})
			if color {
				out = ownStyles.ReplaceAllString(out, "")
			}
			if i := strings.IndexFunc(out, func(c rune) bool { return c != '\n' && hidden(c) || c == '\t' }); i >= 0 {
				t.Errorf("%s, color %v: raw character at %q", name, color, out[i:min(i+20, len(out))])
			}
		}
	}
}

// TestColorChangesNothing: without its escapes, the coloured table is the plain one.
func TestColorChangesNothing(t *testing.T) {
	escapes := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, name := range fixtures(t) {
		r := load(t, name)
		colored := draw(t, r, TableOptions{Color: true, Now: now})
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: no colour in the coloured table", name)
		}
		if escapes.ReplaceAllString(colored, "") != draw(t, r, TableOptions{Now: now}) {
			t.Errorf("%s: the coloured table has other words", name)
		}
	}
}

// TestTableLeavesReport: drawing does not change the report.
func TestTableLeavesReport(t *testing.T) {
	for _, name := range fixtures(t) {
		r := load(t, name)
		draw(t, r, TableOptions{Verbose: true, Now: now})
		if !reflect.DeepEqual(r, load(t, name)) {
			t.Errorf("%s: Table changed its report", name)
		}
	}
}

func TestTableSays(t *testing.T) {
	fault := func(change func(*report.Report)) *report.Report {
		r := load(t, "fault")
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		r          *report.Report
		o          TableOptions
		want, none string
	}{
		"classic":   {r: fault(func(*report.Report) {}), want: classicNote},
		"appliance": {r: fault(func(r *report.Report) { r.Bundle.Deployment = "appliance" }), none: classicNote},
		"not covered": {r: fault(func(r *report.Report) {
			r.Bundle.Deployment = "appliance"
			r.Checks = append(r.Checks, report.Check{ID: "p/heartbeat", Outcome: "not_applicable", Reason: "for standalone, this is appliance"}, report.Check{ID: "p/churn", Outcome: "not_applicable", Reason: "for source-machine, this is process-server"})
		}), want: "uncovered  what only checks of classic servers look at: heartbeat\n", none: "heartbeat, churn"},
		"covered":          {r: fault(func(*report.Report) {}), none: "uncovered"},
		"classic by role":  {r: fault(func(r *report.Report) { r.Bundle.Deployment = "" }), want: classicNote},
		"source machine":   {r: load(t, "healthy"), none: classicNote},
		"host time":        {r: fault(func(*report.Report) {}), want: "2026-04-02 10:18:07Z (12:18:07 at the host)"},
		"no offsets":       {r: fault(func(r *report.Report) { r.Bundle.Host.UTCOffsets = nil }), none: "at the host"},
		"other day":        {r: load(t, "inconclusive"), want: "2026-03-28 23:15:01Z (2026-03-29 00:15:01 at the host)"},
		"age":              {r: load(t, "fault"), o: TableOptions{Now: now}, want: "22 h ago"},
		"no age":           {r: load(t, "fault"), none: " ago"},
		"stale":            {r: load(t, "inconclusive"), o: TableOptions{Now: now}, want: "5 days old"},
		"not stale":        {r: load(t, "fault"), o: TableOptions{Now: now}, none: "may have changed"},
		"from the future":  {r: load(t, "fault"), o: TableOptions{Now: now.AddDate(0, 0, -9)}, want: "ahead"},
		"simulated":        {r: load(t, "fault"), want: "simulated  metrics, logs/cxps"},
		"unsigned":         {r: load(t, "fault"), want: "0.3.1 (UNSIGNED)"},
		"development":      {r: load(t, "fault"), want: "embedded, development build"},
		"pack expired":     {r: load(t, "healthy"), o: TableOptions{Now: now.AddDate(1, 0, 0)}, want: "expired 2026-12-31"},
		"pack not expired": {r: load(t, "healthy"), o: TableOptions{Now: now}, none: "expired"},
		"raw":              {r: fault(func(r *report.Report) { r.Bundle.Kind = "raw" }), want: "raw logs without a collector"},
		"given role":       {r: fault(func(r *report.Report) { r.Bundle.Role = "source-machine" }), want: "given; the collector"},
		"not enough data":  {r: load(t, "fault"), want: "2 checks had not enough data (-v lists them)"},
		"explain":          {r: load(t, "fault"), want: "asrdiag explain proxy-agreement"},
		"explain twin": {r: fault(func(r *report.Report) {
			r.Checks = append(r.Checks, report.Check{ID: "other/proxy-agreement", Outcome: "pass"})
		}), want: "asrdiag explain asr-process-server/proxy-agreement"},
		"command":               {r: load(t, "fault"), want: "asrcollect --duration 15m --with-cxpsclient"},
		"reason":                {r: load(t, "inconclusive"), want: "fewer than five checks were answered"},
		"dropped":               {r: load(t, "inconclusive"), want: "2 pieces of evidence not found"},
		"unreadable":            {r: fault(func(r *report.Report) { r.Logs[0].Unreadable = true }), want: "under half of"},
		"all logs are readable": {r: load(t, "fault"), none: "under half of"},
		"also":                  {r: load(t, "fault"), want: "also  Log Upload Service starts by hand"},
		"confidence":            {r: load(t, "inconclusive"), want: "confidence: short window"},
	} {
		c.o.Width = 120
		got := draw(t, c.r, c.o)
		if c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%s: the table lacks %q", name, c.want)
		}
		if c.none != "" && strings.Contains(got, c.none) {
			t.Errorf("%s: the table has %q", name, c.none)
		}
	}
}

func TestManyFindings(t *testing.T) {
	r := load(t, "fault")
	f := r.Checks[3].Findings[0]
	f.Title = "one of many"
	for range 100 {
		r.Checks[3].Findings = append(r.Checks[3].Findings, f)
	}
	if got := strings.Count(draw(t, r, TableOptions{Now: now}), "one of many"); got >= 100 {
		t.Errorf("the short table shows %d findings", got)
	}
	if got := draw(t, r, TableOptions{Now: now}); !strings.Contains(got, "56 more findings (-v lists them)") {
		t.Error("the short table does not count what it leaves out")
	}
	if got := strings.Count(draw(t, r, TableOptions{Now: now, Verbose: true}), "one of many"); got != 100 {
		t.Errorf("the verbose table shows %d findings of 100", got)
	}
}

func TestWrapKeepsText(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var s string
		scramble(reflect.ValueOf(&s).Elem(), rng)
		s = Clean(s)
		width := 4 + rng.IntN(90)
		lines := wrap(s, width)
		squeeze := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s)
		}
		if squeeze(strings.Join(lines, "")) != squeeze(s) {
			t.Fatalf("seed %d: wrap(%q, %d) = %q, which is another text", seed, s, width, lines)
		}
		for _, l := range lines {
			if columns(l) > width {
				t.Fatalf("seed %d: wrap(%q, %d) has the line %q of %d columns", seed, s, width, l, columns(l))
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 20, []string{"one two three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"two\nlines\n", 20, []string{"two", "lines"}},
		{"  kept indent here", 12, []string{"  kept", "indent here"}},
		{"unbreakable", 4, []string{"unbr", "eaka", "ble"}},
		{"logs/cxps/cxps.err.log", 12, []string{"logs/cxps/", "cxps.err.log"}},
		{"日本語の文", 4, []string{"日本", "語の", "文"}},
		{"日本語", 5, []string{"日本", "語"}},
		{"a\tb", 10, []string{"a   b"}},
	} {
		if got := wrap(c.in, c.width); !reflect.DeepEqual(got, c.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
