package scan

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	okFormat := Format{ID: "f", Line: `^(?P<t>\S+) (?P<n>.*)`, Time: TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02", Zone: "utc"}}
	okScan := Scan{ID: "s", Input: "in", Any: literal("x"), Format: "f"}
	okSeries := Series{ID: "m", Metric: "system.cpu.utilization", Reduce: []string{"mean"}}
	if err := Validate([]Format{okFormat}, []Scan{okScan}, []Series{okSeries}); err != nil {
		t.Fatal(err)
	}
	format := func(edit func(*Format)) error { f := okFormat; edit(&f); return Validate([]Format{f}, nil, nil) }
	scan := func(edit func(*Scan)) error {
		s := okScan
		edit(&s)
		return Validate([]Format{okFormat}, []Scan{s}, nil)
	}
	series := func(edit func(*Series)) error { s := okSeries; edit(&s); return Validate(nil, nil, []Series{s}) }
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"format id", format(func(f *Format) { f.ID = "Bad" }), "lower-case"},
		{"hyphen at the end", format(func(f *Format) { f.ID = "bad-" }), "lower-case"},
		{"two hyphens", format(func(f *Format) { f.ID = "b--d" }), "lower-case"},
		{"slash", scan(func(s *Scan) { s.ID = "a/b" }), "lower-case"},
		{"format twice", Validate([]Format{okFormat, okFormat}, nil, nil), "twice"},
		{"scan twice", Validate([]Format{okFormat}, []Scan{okScan, okScan}, nil), "twice"},
		{"series twice", Validate(nil, nil, []Series{okSeries, okSeries}), "twice"},
		{"format without line", format(func(f *Format) { f.Line = "" }), "empty"},
		{"backreference", format(func(f *Format) { f.Line = `(a)\1` }), "invalid escape"},
		{"continuation", format(func(f *Format) { f.Continuation = "fold" }), "join"},
		{"time group", format(func(f *Format) { f.Time.Groups = []string{"date"} }), `no group "date"`},
		{"zone", format(func(f *Format) { f.Time.Zone = "CET" }), "zone"},
		{"no layout", format(func(f *Format) { f.Time.Layout = "" }), "layout"},
		{"layout of a clock", format(func(f *Format) { f.Time.Layout = "15:04:05" }), "no date"},
		{"no year", format(func(f *Format) { f.Time.Layout = "01/02" }), "no year"},
		{"two years", format(func(f *Format) { f.Time.Year = "mtime" }), "too"},
		{"year", format(func(f *Format) { f.Time.Year = "now" }), "year"},
		{"fraction unit", format(func(f *Format) { f.Time.Fraction = "s" }), "ms, us or ns"},
		{"fraction group", format(func(f *Format) { f.Time.Fraction = "us" }), `no group "fraction"`},
		{"layout without groups", format(func(f *Format) { f.Time.Groups = nil }), "groups are missing"},
		{"no input", scan(func(s *Scan) { s.Input = "" }), "input"},
		{"no patterns", scan(func(s *Scan) { s.Any = nil }), "any has 0"},
		{"empty pattern", scan(func(s *Scan) { s.Any = []Pattern{{}} }), "neither"},
		{"both", scan(func(s *Scan) { s.Any = []Pattern{{Literal: "a", Regexp: "a"}} }), "both"},
		{"bad literal", scan(func(s *Scan) { s.Any = literal("\xff") }), "UTF-8"},
		{"bad regexp", scan(func(s *Scan) { s.Any = []Pattern{{Regexp: "("}} }), "missing closing"},
		{"context", scan(func(s *Scan) { s.Context = 11 }), "context"},
		{"max_hits", scan(func(s *Scan) { s.MaxHits = MaxMaxHits + 1 }), "max_hits"},
		{"format unknown", scan(func(s *Scan) { s.Format = "g" }), "not declared"},
		{"where unknown", scan(func(s *Scan) { s.Where = map[string][]string{"q": {"1"}} }), `"q"`},
		{"where without values", scan(func(s *Scan) { s.Where = map[string][]string{"n": nil} }), "no values"},
		{"tally of a time group", scan(func(s *Scan) { s.Tally = &Tally{By: []string{"t"}} }), `"t"`},
		{"tally twice", scan(func(s *Scan) { s.Tally = &Tally{Sum: []string{"n", "n"}} }), "twice"},
		{"bucket", scan(func(s *Scan) { s.Tally = &Tally{BucketSeconds: -1} }), "bucket_seconds"},
		{"no metric", series(func(s *Series) { s.Metric = "" }), "metric"},
		{"window", series(func(s *Series) { s.WindowSeconds = -1 }), "window_seconds"},
		{"reduce empty", series(func(s *Series) { s.Reduce = nil }), "reduce"},
		{"reduce word", series(func(s *Series) { s.Reduce = []string{"median"} }), "median"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, tt.err, tt.want)
		}
	}
}

func TestRunRefusesWhatValidateRefuses(t *testing.T) {
	if _, err := Run(nil, []Scan{{ID: "s"}}, Env{}); err == nil {
		t.Error("Run took a scan without input")
	}
	if _, err := Reduce([]Series{{ID: "m"}}, strings.NewReader(""), Window{}); err == nil {
		t.Error("Reduce took a series without metric")
	}
}
