package scan

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// memFile is a file in memory.
func memFile(path, content string) File {
	return File{Path: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// berlin has the offsets of Central European Time around 2024.
func berlin() []Offset {
	return []Offset{
		{From: time.Date(2023, 10, 29, 1, 0, 0, 0, time.UTC), Seconds: 3600},
		{From: time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC), Seconds: 7200},
		{From: time.Date(2024, 10, 27, 1, 0, 0, 0, time.UTC), Seconds: 3600},
	}
}

// runOne runs one scan over one file.
func runOne(t *testing.T, f Format, s Scan, file File) Result {
	t.Helper()
	s.ID, s.Input = "s", "in"
	var formats []Format
	if f.Line != "" {
		f.ID, s.Format = "f", "f"
		formats = append(formats, f)
	}
	got, err := Run(formats, []Scan{s}, Env{Inputs: map[string][]File{"in": {file}}, UTCOffsets: berlin()})
	if err != nil {
		t.Fatal(err)
	}
	return got["s"]
}

func literal(s string) []Pattern { return []Pattern{{Literal: s}} }

func at(s string) *time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	t = t.UTC()
	return &t
}

func diff(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func texts(hits []Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Text)
	}
	return out
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	for _, tt := range []struct {
		name, content, encoding string
		want                    []Hit
	}{
		{"empty", "", "", nil},
		{"only a newline", "\n", "", []Hit{{Line: 1}}},
		{"two newlines", "\n\n", "", []Hit{{Line: 1}, {Line: 2, Offset: 1}}},
		{"no final newline", "a\nb", "", []Hit{{Line: 1, Length: 1, Text: "a"}, {Line: 2, Offset: 2, Length: 1, Text: "b"}}},
		{"crlf", "a\r\nb\r\n", "", []Hit{{Line: 1, Length: 1, Text: "a"}, {Line: 2, Offset: 3, Length: 1, Text: "b"}}},
		{"one carriage return of two", "a\r\r\n", "", []Hit{{Line: 1, Length: 2, Text: "a\r"}}},
		{"carriage return at the end", "a\r", "", []Hit{{Line: 1, Length: 1, Text: "a"}}},
		{"lone carriage return", "a\rb\n", "", []Hit{{Line: 1, Length: 3, Text: "a\rb"}}},
		{"utf-8 mark", "\xef\xbb\xbfa\n", "", []Hit{{Line: 1, Offset: 3, Length: 1, Text: "a"}}},
		{"only a mark", "\xef\xbb\xbf", "", nil},
		{"bad bytes", "a\xff\xe2\x82b\n", "utf-8", []Hit{{Line: 1, Length: 5, Text: "a\ufffd\ufffd\ufffdb"}}},
		{"utf-16le by mark", "\xff\xfea\x00\r\x00\n\x00\xac\x20", "", []Hit{{Line: 1, Offset: 2, Length: 2, Text: "a"}, {Line: 2, Offset: 8, Length: 2, Text: "€"}}},
		{"utf-16be by mark", "\xfe\xff\x00a\x00\n\x20\xac", "", []Hit{{Line: 1, Offset: 2, Length: 2, Text: "a"}, {Line: 2, Offset: 6, Length: 2, Text: "€"}}},
		{"utf-16le declared", "a\x00\n\x00b\x00", "UTF-16LE", []Hit{{Line: 1, Length: 2, Text: "a"}, {Line: 2, Offset: 4, Length: 2, Text: "b"}}},
		{"newline across units", "a\x0a\x00b", "utf-16le", []Hit{{Line: 1, Length: 4, Text: "\u0a61\u6200"}}},
		{"utf-16 odd end", "a\x00b", "utf-16le", []Hit{{Line: 1, Length: 3, Text: "a\ufffd"}}},
		{"utf-16 odd byte after a newline", "\n\x00b", "utf-16le", []Hit{{Line: 1}, {Line: 2, Offset: 2, Length: 1, Text: "\ufffd"}}},
		{"unpaired surrogates", "\x00\xd8a\x00\x00\xdc", "utf-16le", []Hit{{Line: 1, Length: 6, Text: "\ufffda\ufffd"}}},
		{"surrogate pair", "\x3d\xd8\x00\xde", "utf-16le", []Hit{{Line: 1, Length: 4, Text: "😀"}}},
		{"long line", long + "yz\r\nb", "", []Hit{{Line: 1, Length: MaxLine + 2, Text: long}, {Line: 2, Offset: MaxLine + 4, Length: 1, Text: "b"}}},
		{"cut between characters", long[2:] + "€\n", "", []Hit{{Line: 1, Length: MaxLine + 1, Text: long[2:]}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := memFile("logs/x", tt.content)
			f.Encoding = tt.encoding
			r := runOne(t, Format{}, Scan{Any: []Pattern{{Regexp: "(?s)^.*$"}}}, f)
			for i := range tt.want {
				tt.want[i].File = "logs/x"
			}
			diff(t, "hits", r.Hits, tt.want)
			if r.Summary.Lines != int64(len(tt.want)) || r.Summary.Bytes != int64(len(tt.content)) {
				t.Errorf("searched %d lines and %d bytes, want %d and %d", r.Summary.Lines, r.Summary.Bytes, len(tt.want), len(tt.content))
			}
		})
	}
}

func TestPatterns(t *testing.T) {
	content := "alpha 1\nBETA 2\nstra\u017fe\nKelvin \u212a\nalpha beta\n"
	for _, tt := range []struct {
		name string
		scan Scan
		want []string
	}{
		{"literal", Scan{Any: literal("alpha")}, []string{"alpha 1", "alpha beta"}},
		{"case counts", Scan{Any: literal("beta")}, []string{"alpha beta"}},
		{"case does not count", Scan{Any: literal("beta"), IgnoreCase: true}, []string{"BETA 2", "alpha beta"}},
		{"folding beyond ASCII", Scan{Any: literal("STRASE"), IgnoreCase: true}, []string{"straſe"}},
		{"kelvin", Scan{Any: literal("k"), IgnoreCase: true}, []string{"Kelvin \u212a"}},
		{"metacharacters are themselves", Scan{Any: literal(".")}, nil},
		{"regexp ignoring case in all alternatives", Scan{Any: []Pattern{{Regexp: "^beta|ALPHA$"}}, IgnoreCase: true}, []string{"BETA 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			diff(t, "texts", texts(runOne(t, Format{}, tt.scan, memFile("f", content)).Hits), tt.want)
		})
	}
}

func TestFirstAlternativeGivesFields(t *testing.T) {
	s := Scan{Any: []Pattern{{Regexp: `code (?P<code>\d+)`}, {Regexp: `(?P<word>\w+) code`}}}
	r := runOne(t, Format{}, s, memFile("f", "bad code 7\nbad code\n"))
	diff(t, "first", r.Hits[0].Fields, map[string]string{"code": "7"})
	diff(t, "second", r.Hits[1].Fields, map[string]string{"word": "bad"})
}

func TestWhere(t *testing.T) {
	f := Format{Line: `^(?P<severity>\w+): (?P<host>\w+)?`}
	s := Scan{Any: literal("x"), Where: map[string][]string{"severity": {"warning", "FATAL"}}}
	r := runOne(t, f, s, memFile("f", "WARNING: x\nINFO: x\nfatal: x\nno x\n"))
	diff(t, "texts", texts(r.Hits), []string{"WARNING: x", "fatal: x"})
	s.Where["host"] = []string{"x"}
	if n := runOne(t, f, s, memFile("f", "WARNING: x\nfatal:   x\n")).Summary.Count; n != 1 {
		t.Errorf("both members hold for %d hits, want 1", n)
	}
}

func TestJoin(t *testing.T) {
	f := Format{Line: `^(?P<n>\d+) `, Continuation: "join"}
	content := "lost\n\nmore\n1 one\n  tail\n\n  far\n\n\n2 two\n"
	r := runOne(t, f, Scan{Any: []Pattern{{Regexp: `(?s).*`}}, Context: 1}, memFile("f", content))
	diff(t, "hits", r.Hits, []Hit{
		{File: "f", Line: 1, Offset: 0, Length: 4, Text: "lost", After: []string{""}},
		{File: "f", Line: 2, Offset: 5, Length: 0, Before: []string{"lost"}, After: []string{"more"}},
		{File: "f", Line: 3, Offset: 6, Length: 4, Text: "more", Before: []string{""}, After: []string{"1 one"}},
		{File: "f", Line: 4, Offset: 11, Length: 19, Text: "1 one\n  tail\n\n  far", Fields: map[string]string{"n": "1"}, Before: []string{"more"}, After: []string{""}},
		{File: "f", Line: 10, Offset: 33, Length: 5, Text: "2 two", Fields: map[string]string{"n": "2"}, Before: []string{""}},
	})
}

func TestJoinedEntryIsBounded(t *testing.T) {
	f := Format{Line: `^\d`, Continuation: "join"}
	content := "1\n" + strings.Repeat(strings.Repeat("y", 999)+"\n", 100) + "needle\n"
	r := runOne(t, f, Scan{Any: []Pattern{{Literal: "1\ny"}, {Literal: "needle"}}}, memFile("f", content))
	if len(r.Hits) != 1 || len(r.Hits[0].Text) != MaxLine || r.Hits[0].Length != int64(len(content)-1) {
		t.Errorf("%d hits, text of %d bytes, length %d; want 1, %d, %d", len(r.Hits), len(r.Hits[0].Text), r.Hits[0].Length, MaxLine, len(content)-1)
	}
	if n := runOne(t, f, Scan{Any: literal("needle")}, memFile("f", content)).Summary.Count; n != 0 {
		t.Errorf("found what lies beyond MaxLine")
	}
}

func TestNewestHitsAreKept(t *testing.T) {
	f := Format{Line: `^(?P<t>\S+Z) `, Time: TimeFormat{Groups: []string{"t"}, Layout: time.RFC3339, Zone: "utc"}}
	content := "2024-01-03T00:00:00Z x\n2024-01-01T00:00:00Z x\nx\n2024-01-02T00:00:00Z x\n"
	r := runOne(t, f, Scan{Any: literal("x"), MaxHits: 2}, memFile("f", content))
	diff(t, "texts", texts(r.Hits), []string{"2024-01-02T00:00:00Z x", "2024-01-03T00:00:00Z x"})
	diff(t, "summary", r.Summary, Summary{
		Summary: true, Count: 4, Kept: 2, Files: 1, Bytes: int64(len(content)), Lines: 4,
		First: at("2024-01-01T00:00:00Z"), Last: at("2024-01-03T00:00:00Z"),
		OldestLine: at("2024-01-03T00:00:00Z"), NewestLine: at("2024-01-02T00:00:00Z"),
	})
	r = runOne(t, f, Scan{Any: literal("x")}, memFile("f", content))
	diff(t, "untimed first", r.Hits[0].Text, "x")
}

func TestHitBytesAreBounded(t *testing.T) {
	content := strings.Repeat(strings.Repeat("x", MaxLine-1)+"\n", 200)
	r := runOne(t, Format{}, Scan{Any: literal("x"), MaxHits: 1000}, memFile("f", content))
	total := 0
	for i := range r.Hits {
		total += r.Hits[i].Size()
	}
	if total > MaxHitBytes || total+r.Hits[0].Size() <= MaxHitBytes {
		t.Errorf("kept %d bytes, want as much as fits into %d", total, MaxHitBytes)
	}
	if r.Summary.Count != 200 || r.Hits[len(r.Hits)-1].Line != 200 {
		t.Errorf("count %d, last line %d, want 200 and 200", r.Summary.Count, r.Hits[len(r.Hits)-1].Line)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	broken := File{Path: "b", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("x\nx"), iotest.ErrReader(errors.New("bad sector")))), nil
	}}
	closed := File{Path: "c", Open: func() (io.ReadCloser, error) { return nil, errors.New("denied") }}
	env := Env{Inputs: map[string][]File{"in": {memFile("a", "x\n"), broken, closed}}}
	got, err := Run(nil, []Scan{{ID: "s", Input: "in", Any: literal("x")}, {ID: "t", Input: "none", Any: literal("x")}}, env)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "summary", got["s"].Summary, Summary{Summary: true, Count: 3, Kept: 3, Files: 2, Bytes: 5, Lines: 3, Unread: []string{"b", "c"}})
	diff(t, "missing input", got["t"].Summary, Summary{Summary: true})
}

func TestFirstLine(t *testing.T) {
	f := memFile("f", "a\nx\n")
	f.FirstLine = 500
	if n := runOne(t, Format{}, Scan{Any: literal("x")}, f).Hits[0].Line; n != 501 {
		t.Errorf("line %d, want 501", n)
	}
}

// TestTail has a log in two files, and one whose first part cannot be read.
func TestTail(t *testing.T) {
	f := Format{ID: "f", Line: `^(?P<n>\d+) `, Continuation: "join"}
	log, tail := memFile("a.log", "1 one\n  more\n\n"), memFile("a.log.tail", "\n  over the seam\n2 two\n")
	tail.After, tail.FirstLine = "a.log", 4
	s := Scan{ID: "s", Input: "in", Format: "f", Any: []Pattern{{Regexp: `(?s).+`}}, Context: 1}
	got, err := Run([]Format{f}, []Scan{s}, Env{Inputs: map[string][]File{"in": {log, memFile("a.log-1", "3 between\n"), tail}}})
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "hits", got["s"].Hits, []Hit{
		{File: "a.log", Line: 1, Offset: 0, Length: 12, Text: "1 one\n  more\n\n\n  over the seam", Fields: map[string]string{"n": "1"}, After: []string{"2 two"}},
		{File: "a.log-1", Line: 1, Offset: 0, Length: 9, Text: "3 between", Fields: map[string]string{"n": "3"}},
		{File: "a.log.tail", Line: 6, Offset: 17, Length: 5, Text: "2 two", Fields: map[string]string{"n": "2"}, Before: []string{"  over the seam"}},
	})
	log.Open = func() (io.ReadCloser, error) { return nil, errors.New("bad sector") }
	if got, err = Run([]Format{f}, []Scan{s}, Env{Inputs: map[string][]File{"in": {log, tail}}}); err != nil {
		t.Fatal(err)
	}
	diff(t, "hits without the log", texts(got["s"].Hits), []string{"  over the seam", "2 two"})
}

func TestProbeLooksAtBothEnds(t *testing.T) {
	f := Format{Line: `^(?P<t>\S+Z)`, Time: TimeFormat{Groups: []string{"t"}, Layout: time.RFC3339, Zone: "utc"}}
	pad := strings.Repeat("-\n", TimeProbeLines-1)
	for _, tt := range []struct {
		name, content string
		oldest        *time.Time
	}{
		{"within", pad + "2024-01-01T00:00:00Z\n" + pad, at("2024-01-01T00:00:00Z")},
		{"beyond", pad + "-\n2024-01-01T00:00:00Z\n-\n" + pad, nil},
	} {
		s := runOne(t, f, Scan{Any: literal("q")}, memFile("f", tt.content)).Summary
		diff(t, tt.name+": oldest", s.OldestLine, tt.oldest)
		diff(t, tt.name+": newest", s.NewestLine, tt.oldest)
	}
}

func TestWriteHits(t *testing.T) {
	r := runOne(t, Format{}, Scan{Any: []Pattern{{Regexp: `(?P<b><.>)`}}}, memFile("f", "a <b>\n"))
	var buf bytes.Buffer
	if err := r.WriteHits(&buf); err != nil {
		t.Fatal(err)
	}
	diff(t, "bytes", buf.String(), `{"file":"f","line":1,"offset":0,"length":5,"text":"a <b>","fields":{"b":"<b>"}}
{"summary":true,"count":1,"kept":1,"files":1,"bytes":6,"lines":1}
`)
}
