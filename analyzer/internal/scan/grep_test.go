package scan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// grepped is a line that was given, as text.
type grepped struct {
	File  string
	Line  int64
	Match bool
	Text  string
}

// listing keeps the lines of all logs.
type listing struct {
	mu    sync.Mutex
	lines [][]grepped
	times map[string]string // by file:line
	texts []Text
}

type listingSink struct {
	l *listing
	n int
}

func (s listingSink) Line(l *Line) bool {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	s.l.lines[s.n] = append(s.l.lines[s.n], grepped{l.File, l.Number, l.Match, string(l.Text)})
	if l.Time != nil {
		mark := ""
		if l.Ambiguous {
			mark += "?"
		}
		if l.Carried {
			mark += "^"
		}
		s.l.times[fmt.Sprintf("%s:%d", l.File, l.Number)] = l.Time.Format("01-02T15:04:05") + mark
	}
	return true
}

func (s listingSink) End(t Text) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	s.l.texts = append(s.l.texts, t)
}

// grepAll searches the bundle's logs.
func grepAll(t *testing.T, b *bundles.Bundle, q Query) *listing {
	t.Helper()
	l := &listing{times: map[string]string{}}
	err := Grep(context.Background(), b, b.Match("logs/**"), q, func(n int) Sink {
		l.lines = append(l.lines, nil)
		return listingSink{l, n}
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// naiveGrep is the plain way to do the same with one text.
func naiveGrep(path, text string, q Query) []grepped {
	text = strings.TrimPrefix(text, "\ufeff")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if text == "" {
		return nil
	}
	var res []*regexp.Regexp
	for _, p := range q.Any {
		expr := p.Regexp
		if p.Literal != "" {
			expr = regexp.QuoteMeta(p.Literal)
		}
		if q.IgnoreCase {
			expr = "(?i)" + expr
		}
		res = append(res, regexp.MustCompile(expr))
	}
	show := make([]int, len(lines)) // 1: context, 2: match
	matches := int64(0)
	for i, line := range lines {
		line = strings.ToValidUTF8(strings.TrimSuffix(line, "\r"), "\ufffd")
		lines[i] = line
		if q.Max > 0 && matches == q.Max || !slices.ContainsFunc(res, func(re *regexp.Regexp) bool { return re.MatchString(line) }) {
			continue
		}
		matches++
		for k := max(i-q.Before, 0); k <= min(i+q.After, len(lines)-1); k++ {
			show[k] = max(show[k], 1)
		}
		show[i] = 2
	}
	var out []grepped
	for i, s := range show {
		if s > 0 && !q.CountOnly {
			out = append(out, grepped{path, int64(i + 1), s == 2, strings.TrimSuffix(lines[i], "\r")})
		}
	}
	return out
}

// randomText has words that patterns look for, also cut in two, and line ends of
// all kinds.
func randomText(r *rand.Rand) string {
	words := []string{"error", "Error", "warn", "ERRor ", "x", " ", "err", "or", "\n", "\n", "\r\n", "timed out", "78028", "ü", "\u212a", "\t"}
	var s strings.Builder
	for range r.IntN(200) {
		s.WriteString(words[r.IntN(len(words))])
	}
	return s.String()
}

func utf16Of(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// TestGrepIsNaive compares with the plain way on random logs, with chunks of all
// sizes.
func TestGrepIsNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	patterns := []decl.Pattern{
		{Literal: "error"}, {Regexp: "err(or)?"}, {Regexp: "^x"}, {Literal: "78028"}, {Regexp: "time?d out$"}, {Regexp: ""}, {Regexp: "k"}, {Literal: "zzz"},
	}
	rounds := 1500
	if testing.Short() {
		rounds = 200
	}
	for round := range rounds {
		q := Query{
			IgnoreCase: r.IntN(2) == 0, Before: r.IntN(4), After: r.IntN(4), Max: int64(r.IntN(4)), CountOnly: r.IntN(8) == 0,
			Workers: 1 + r.IntN(3), chunk: 4 + 2*r.IntN(60),
		}
		for range 1 + r.IntN(3) {
			q.Any = append(q.Any, patterns[r.IntN(len(patterns))])
		}
		w := &world{files: map[string][]byte{}}
		var want [][]grepped
		for n := range 1 + r.IntN(4) {
			path, text := fmt.Sprintf("logs/a/%d.log", n), randomText(r)
			w.files[path] = []byte(text)
			if r.IntN(3) == 0 {
				w.files[path] = utf16Of(text)
			}
			want = append(want, naiveGrep(path, text, q))
		}
		got := grepAll(t, w.bundle(t), q)
		if diff := cmp.Diff(want, got.lines); diff != "" {
			t.Fatalf("round %d, %+v:\n%q\n%s", round, q, w.files, diff)
		}
	}
}

// agents and tmansvc are two formats of which one joins lines.
func grepFormats() []Module {
	return []Module{{
		Name:   "m",
		Inputs: []abi.Input{{ID: "a", Glob: "logs/a/**"}, {ID: "b", Glob: "logs/b/**"}},
		Formats: []decl.Format{
			{ID: "joins", Line: `^#(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<message>.*)$`, Time: decl.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Zone: "utc"}, Continuation: "join"},
			{ID: "local", Line: `^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<message>.*)$`, Time: decl.TimeFormat{Groups: []string{"stamp"}, Layout: "2006-01-02 15:04:05", Zone: "host"}},
		},
		Scans: []decl.Scan{
			{ID: "one", Input: "a", Format: "joins", Any: []decl.Pattern{{Literal: "x"}}},
			{ID: "two", Input: "b", Format: "local", Any: []decl.Pattern{{Literal: "x"}}},
		},
	}}
}

// TestGrepTimes: times are converted, carried on to the lines of an entry, also
// into the log's tail, and told where they are not certain.
func TestGrepTimes(t *testing.T) {
	w := &world{
		files: map[string][]byte{
			"logs/a/1.log":      []byte("hit alone\n#2026-03-05 09:00:00 hit\n  hit below\n\n#2026-03-05 09:01:00 other\nhit in other\n"),
			"logs/a/1.log.tail": []byte("hit behind\n#2026-03-05 09:02:00 hit\n"),
			"logs/b/2.log":      []byte("2026-10-25 02:30:00 hit\n2026-10-25 03:30:00 hit\nhit\n"),
			"logs/c/3.log":      []byte("#2026-03-05 09:00:00 hit\n#2026-03-05 09:00:01 hit\n"),
			"logs/c/4.log":      []byte("no format here\nhit\n"),
		},
		rows: map[string]bundles.File{
			"logs/a/1.log":      {SourcePath: "x", Ranges: [][2]int64{{0, 10}}, FirstLine: 11},
			"logs/a/1.log.tail": {SourcePath: "x", Ranges: [][2]int64{{10, 20}}, FirstLine: 17},
		},
		offs: []bundles.UTCOffset{
			{From: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), Seconds: 7200},
			{From: time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), Seconds: 3600},
		},
	}
	want := map[string]string{
		"logs/a/1.log:12": "03-05T09:00:00", "logs/a/1.log:13": "03-05T09:00:00^", "logs/a/1.log:16": "03-05T09:01:00^",
		"logs/a/1.log.tail:17": "03-05T09:01:00^", "logs/a/1.log.tail:18": "03-05T09:02:00",
		"logs/b/2.log:1": "10-25T00:30:00?", "logs/b/2.log:2": "10-25T02:30:00",
		"logs/c/3.log:1": "03-05T09:00:00", "logs/c/3.log:2": "03-05T09:00:01",
	}
	for _, chunk := range []int{4, 10, 30, 1000} {
		b := w.bundle(t)
		f, err := NewFormats(b, grepFormats())
		if err != nil {
			t.Fatal(err)
		}
		got := grepAll(t, b, Query{Any: []decl.Pattern{{Literal: "hit"}}, Formats: f, chunk: chunk})
		if diff := cmp.Diff(want, got.times); diff != "" {
			t.Errorf("chunk %d: %s", chunk, diff)
		}
		since := time.Date(2026, 3, 5, 9, 1, 0, 0, time.UTC)
		until := since.Add(time.Minute)
		got = grepAll(t, b, Query{Any: []decl.Pattern{{Literal: "hit"}}, Formats: f, Since: &since, Until: &until, chunk: chunk})
		if n := len(slices.Concat(got.lines...)); n != 3 {
			t.Errorf("chunk %d: %d lines in the span: %v", chunk, n, got.lines)
		}
		untimed := int64(0)
		for _, text := range got.texts {
			untimed += text.Untimed
		}
		if untimed != 3 { // alone, without format, and in a format that does not join
			t.Errorf("chunk %d: %d lines without time", chunk, untimed)
		}
	}
}

// TestGrepTells: a file that breaks off, and a line whose end is not searched.
func TestGrepTells(t *testing.T) {
	w := &world{
		files: map[string][]byte{
			"logs/a/1.log": []byte("hit\n" + strings.Repeat("x", decl.MaxLine+1) + "hit\nhit\n"),
			"logs/a/2.log": []byte(strings.Repeat("hit\n", 10)),
		},
		failAt: map[string]int{"logs/a/2.log": 12},
	}
	got := grepAll(t, w.bundle(t), Query{Any: []decl.Pattern{{Literal: "hit"}}, Workers: 1})
	want := []Text{
		{Files: []string{"logs/a/1.log"}, Matches: 2, Long: 1, Bytes: int64(len(w.files["logs/a/1.log"])), Lines: 3},
		{Files: []string{"logs/a/2.log"}, Matches: 3, Bytes: 12, Lines: 3, Unread: []string{"logs/a/2.log"}},
	}
	if diff := cmp.Diff(want, got.texts); diff != "" {
		t.Error(diff)
	}
}

// TestGrepStops: a log of which enough was seen is not read to its end.
func TestGrepStops(t *testing.T) {
	w := &world{files: map[string][]byte{"logs/a/1.log": []byte(strings.Repeat("hit and more\n", 1<<20))}}
	got := grepAll(t, w.bundle(t), Query{Any: []decl.Pattern{{Literal: "hit"}}, Max: 3, After: 1})
	if read := got.texts[0].Bytes; read > 6<<20 {
		t.Errorf("read %d bytes", read)
	}
	if n := len(got.lines[0]); n != 4 {
		t.Errorf("%d lines", n)
	}
}

func TestSpans(t *testing.T) {
	s, err := NewSpans(Query{Any: []decl.Pattern{{Literal: "ab"}, {Regexp: "b+c"}, {Regexp: "x*"}}, IgnoreCase: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][2]int{{1, 5}, {6, 8}}, s.Of([]byte("-aBbc-Ab-"))); diff != "" {
		t.Error(diff)
	}
}

// TestSink: hits that are handed on are all of them, and the same.
func TestSink(t *testing.T) {
	w := &world{files: map[string][]byte{"logs/a/1.log": []byte(strings.Repeat("#2026-03-05 09:00:00 x\n  more\n", 300))}}
	mod := grepFormats()[0]
	var mu sync.Mutex
	var got []int64
	mod.Paths = map[string][]string{"b": nil}
	mod.Sink = func(scan string, h *decl.Hit) {
		mu.Lock()
		defer mu.Unlock()
		if scan != "one" || h.Text != "#2026-03-05 09:00:00 x\n  more" {
			t.Errorf("%s gave %+v", scan, h)
		}
		got = append(got, h.Line)
	}
	out, err := Run(context.Background(), w.bundle(t), []Module{mod}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(got) || len(got) != 300 || len(out.Results["m"]["one"].Hits) != 0 || out.Results["m"]["one"].Summary.Count != 300 {
		t.Errorf("%d hits of %d", len(got), out.Results["m"]["one"].Summary.Count)
	}
}

// TestHeadsAbove: the last line before that starts an entry, in any order of
// asking, and no line is looked at over and over.
func TestHeadsAbove(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		known := make([]int8, 1+r.IntN(60))
		for i := range known {
			known[i] = int8(2*(r.IntN(8)/7) - 1) // as if all had been asked
		}
		h := &heads{known: known}
		for range 100 {
			i := r.IntN(len(known) + 1)
			want := i - 1
			for want >= 0 && known[want] < 0 {
				want--
			}
			if got := h.above(i); got != want {
				t.Fatalf("above line %d of %v: %d, want %d", i, known, got, want)
			}
		}
	}
}

// TestGrepLongEntry: each line of a huge entry has the time of its first line, and
// is asked once whether it starts another.
func TestGrepLongEntry(t *testing.T) {
	const lines = 400_000
	w := &world{files: map[string][]byte{"logs/a/1.log": []byte("#2026-03-05 09:00:00 x\n" + strings.Repeat("x\n", lines))}}
	b := w.bundle(t)
	f, err := NewFormats(b, grepFormats())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got := grepAll(t, b, Query{Any: []decl.Pattern{{Literal: "x"}}, Before: 3, Formats: f})
	if n := len(got.times); n != lines+1 {
		t.Errorf("%d lines have a time, want all %d", n, lines+1)
	}
	if took := time.Since(began); took > 20*time.Second { // it took a minute to walk up from each line
		t.Errorf("it took %s", took)
	}
}
