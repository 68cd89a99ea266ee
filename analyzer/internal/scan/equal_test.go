package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// world is a bundle's logs and the scans over them.
type world struct {
	files map[string][]byte
	rows  map[string]bundles.File
	offs  []bundles.UTCOffset
	mods  []Module
	// failAt has the files whose reading fails after so many bytes.
	failAt map[string]int
	chunk  int // bytes read at once; 0: chunkSize
}

// bundle makes a bundle of the world. Its readers return few bytes at a time.
func (w *world) bundle(tb testing.TB) *bundles.Bundle {
	tb.Helper()
	m := bundles.Manifest{Host: bundles.Host{UTCOffsets: w.offs}}
	m.Format, m.Version, m.ID = bundles.Format, bundles.Version, "b"
	files := fstest.MapFS{}
	for name, data := range w.files {
		files[name] = &fstest.MapFile{Data: data}
		row := w.rows[name]
		row.Path, row.Size = name, int64(len(data))
		m.Files = append(m.Files, row)
	}
	put := func(name string, v any) {
		raw, err := json.Marshal(v)
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: raw}
	}
	put(bundles.HeaderPath, bundles.Header{Format: bundles.Format, Version: bundles.Version, ID: "b"})
	put(bundles.ManifestPath, m)
	b, err := bundles.Open(&brokenFS{files, w.failAt})
	if err != nil {
		tb.Fatal(err)
	}
	if b.Cut {
		tb.Fatal(b.CutReason)
	}
	return b
}

// brokenFS fails at reading some files, at or after their opening.
type brokenFS struct {
	fstest.MapFS
	failAt map[string]int
}

var errBroken = errors.New("bad sector")

func (b *brokenFS) Open(name string) (fs.File, error) {
	at, bad := b.failAt[name]
	if bad && at < 0 {
		return nil, errBroken
	}
	f, err := b.MapFS.Open(name)
	if err != nil || !bad {
		return f, err
	}
	return &brokenFile{f, at}, nil
}

type brokenFile struct {
	fs.File
	left int
}

// Read fails like a reader of a cut-off deflate stream.
func (b *brokenFile) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.File.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// reference runs a module's scans with the reference matcher.
func reference(tb testing.TB, b *bundles.Bundle, mod Module) map[string]decl.Result {
	tb.Helper()
	env := decl.Env{Inputs: map[string][]decl.File{}}
	for _, o := range b.Host().UTCOffsets {
		env.UTCOffsets = append(env.UTCOffsets, decl.Offset{From: o.From, Seconds: o.Seconds})
	}
	for _, in := range mod.Inputs {
		for _, name := range b.MatchLogs(in.Glob) {
			row, _ := b.File(name)
			f := decl.File{Path: name, FirstLine: row.FirstLine, Encoding: row.Encoding, Open: func() (io.ReadCloser, error) { return b.FS.Open(name) }}
			if row.MTime != nil {
				f.MTime = *row.MTime
			}
			if log, ok := b.TailOf(name); ok {
				f.After = log
			}
			env.Inputs[in.ID] = append(env.Inputs[in.ID], f)
		}
	}
	out, err := decl.Run(mod.Formats, mod.Scans, env)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// bytesOf is what a check sees of a result.
func bytesOf(tb testing.TB, r decl.Result) string {
	tb.Helper()
	var buf bytes.Buffer
	if err := errors.Join(r.WriteHits(&buf), r.WriteTally(&buf)); err != nil {
		tb.Fatal(err)
	}
	return buf.String()
}

// ways are the options that must not show in the results.
var ways = []Options{
	{Workers: 1}, {Workers: 2}, {Workers: 3}, {Workers: 8}, {Workers: 1, parallel: true}, {Workers: 3, parallel: true},
}

// compare runs a world in all ways, and with the reference matcher.
func compare(tb testing.TB, w *world) Output {
	tb.Helper()
	b := w.bundle(tb)
	out := w.same(tb, b, nil, 0)
	for _, mod := range w.mods {
		want := reference(tb, b, mod)
		for _, s := range mod.Scans {
			if d := cmp.Diff(bytesOf(tb, want[s.ID]), bytesOf(tb, out.Results[mod.Name][s.ID])); d != "" {
				raw, _ := json.Marshal(s)
				tb.Fatalf("%s/%s (-reference +engine):\n%s\nscan: %s\nformats: %+v", mod.Name, s.ID, short(d), raw, mod.Formats)
			}
		}
	}
	if len(w.failAt) > 0 {
		return *out
	}
	m := maker{rand.New(rand.NewPCG(uint64(len(w.files)), uint64(w.chunk)))}
	w.same(tb, w.zipped(tb, pick(m, 400, 5000, 100_000), truth), out, 4)
	w.same(tb, w.zipped(tb, pick(m, 400, 5000), m.lies), out, 5)
	return *out
}

// same runs a bundle in all ways but the first ones. What comes out is want, or,
// where that is nil, what the first way gives.
func (w *world) same(tb testing.TB, b *bundles.Bundle, want *Output, but int) *Output {
	tb.Helper()
	for _, o := range ways[but:] {
		o.Hash, o.chunk = true, w.chunk
		out, err := Run(context.Background(), b, w.mods, o)
		if err != nil {
			tb.Fatal(err)
		}
		out.Marks = nil // of restart points, which only some have
		for path, sum := range out.Sums {
			sum.Restarts = ""
			out.Sums[path] = sum
		}
		if want == nil {
			want = &out
		} else if !reflect.DeepEqual(*want, out) {
			if d := cmp.Diff(*want, out); d != "" {
				tb.Fatalf("%+v (-first +this):\n%s", o, short(d))
			}
		}
	}
	return want
}

func short(s string) string {
	if len(s) > 4000 {
		return s[:4000] + "..."
	}
	return s
}

// maker builds random worlds.
type maker struct{ *rand.Rand }

func pick[T any](m maker, list ...T) T { return list[m.IntN(len(list))] }

var formats = []decl.Format{
	{
		ID: "joined", Continuation: "join", Line: `^(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):(?P<fraction>\d+) (?P<level>\w+) (?P<n>-?[\d.e+]+)?`,
		Time: decl.TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02 15:04:05", Fraction: "us", Zone: "host"},
	},
	{
		ID: "plain", Line: `^(?P<t>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):\d+ (?P<level>\w+) (?P<n>-?[\d.e+]+)?`,
		Time: decl.TimeFormat{Groups: []string{"t"}, Layout: "2006-01-02 15:04:05", Zone: "utc"},
	},
	{
		ID: "yearless", Continuation: "join", Line: `^\d{4}-(?P<d>\d\d-\d\d) (?P<c>\d\d:\d\d:\d\d)`,
		Time: decl.TimeFormat{Groups: []string{"d", "c"}, Layout: "01-02 15:04:05", Zone: "host", Year: "mtime"},
	},
	{ID: "timeless", Line: `(?P<level>[A-Z]+)(?P<n>\d)?`},
	{ID: "short", Continuation: "join", Line: `^#`},
	{ID: "any-line", Continuation: "join", Line: `^`},
}

var words = []string{"error", "ERROR", "Failed to send", "failed", "k\u212a", "\u017fend", "SEND", "timed out (300)", "€", "😀", "\t", "#", "\ufffd", "x", "1e100", "0.1", "7"}

func (m maker) line() string {
	var b strings.Builder
	if m.IntN(3) > 0 {
		t := time.Date(2024, pick(m, time.March, time.October), 20+m.IntN(12), m.IntN(24), m.IntN(60), m.IntN(60), 0, time.UTC)
		fmt.Fprintf(&b, "%s:%06d %s ", t.Format(time.DateTime), m.IntN(1_100_000), pick(m, "ERROR", "error", "INFO", "WARN"))
		b.WriteString(pick(m, "1", "-2.5", "1e100", "-1e100", "0.1", "3e-310", "..", "") + " ")
	}
	for range m.IntN(6) {
		b.WriteString(pick(m, words...) + pick(m, " ", "", "  "))
	}
	return b.String()
}

// text is a log: lines, blank ones and, at times, very long ones.
func (m maker) text(lines int) string {
	var b strings.Builder
	nl := pick(m, "\n", "\r\n")
	for i := range lines {
		switch {
		case m.IntN(1000) == 0 || lines < 60 && m.IntN(200) == 0:
			b.WriteString(m.line() + strings.Repeat(pick(m, "y", "€", "\xff", "\n", "é"), decl.MaxLine/pick(m, 1, 2, 3)-m.IntN(90)) + m.line())
		case m.IntN(20) == 0: // blank
		default:
			b.WriteString(m.line())
		}
		if i+1 < lines || m.IntN(2) == 0 {
			b.WriteString(nl)
		}
	}
	return b.String()
}

// file stores a text in some encoding.
func (m maker) file() ([]byte, bundles.File) {
	text := m.text(m.IntN(pick(m, 4, 60, 60, 3000)))
	row := bundles.File{FirstLine: int64(m.IntN(3) * 50)}
	if m.IntN(4) > 0 {
		t := time.Date(2024, 12, 31, 23, 0, 0, 0, time.UTC).AddDate(0, -m.IntN(12), 0)
		row.MTime = &t
	}
	var out []byte
	switch m.IntN(6) {
	case 0:
		out = encode16(text, false)
	case 1:
		out = encode16(text, true)
	default:
		out = []byte(pick(m, "", "", "\ufeff") + text)
		for range m.IntN(3) {
			if len(out) > 0 {
				out[m.IntN(len(out))] = byte(m.IntN(256))
			}
		}
		return out, row
	}
	if m.IntN(2) == 0 {
		row.Encoding = "utf-16le"
		if out[0] == 0xfe {
			row.Encoding = "utf-16be"
		}
		out = out[2:]
	}
	if m.IntN(3) == 0 && len(out) > 0 {
		out = out[:len(out)-1]
	}
	return out, row
}

func encode16(text string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func (m maker) pattern() decl.Pattern {
	if m.IntN(2) == 0 {
		return decl.Pattern{Literal: pick(m, words...)}
	}
	return decl.Pattern{Regexp: pick(m, `.`, `(?s).*`, `^$`, `(?P<w>\w+) out`, `(?i)failed (?P<what>to send)?`, `(?m)^error (?P<rest>.*)$`, `x\n`, `\n\n`, `(?:send){0,2}x`, `(?:send){1,2}`, `(error|failed)`,
		`[^ ]{3,}`, `(?P<n>\d+)\.\d`, `€{2}`, `se(?:nd)+`, `y{20}`, `\x{FFFD}`, `(?P<level>x)?k`, `(?i:K)`)}
}

func (m maker) scan(i int) decl.Scan {
	s := decl.Scan{
		ID: fmt.Sprintf("s%d", i), Input: pick(m, "all", "some"), IgnoreCase: m.IntN(3) == 0,
		Context: pick(m, 0, 0, 1, 3, 10), MaxHits: pick(m, 0, 1, 7, 5000),
	}
	for range 1 + m.IntN(pick(m, 3, 3, 3, 14)) {
		s.Any = append(s.Any, m.pattern())
	}
	s.Format = pick(m, "", "", "", "joined", "joined", "plain", "yearless", "timeless", "any-line", "short")
	if s.Format == "" || s.Format == "short" || s.Format == "yearless" || s.Format == "any-line" {
		if m.IntN(2) == 0 {
			s.Any = append(s.Any, decl.Pattern{Regexp: `(?P<w>\w+) (?P<n>[\d.]+)`})
			s.Tally = &decl.Tally{By: pick(m, nil, []string{"w"}, []string{"n", "w"}), Sum: pick(m, nil, []string{"n"})}
		}
		return s
	}
	if m.IntN(3) == 0 {
		s.Where = map[string][]string{"level": {"error", "info"}}
	}
	if m.IntN(2) == 0 {
		s.Tally = &decl.Tally{By: pick(m, nil, []string{"level"}, []string{"level", "n"}), Sum: pick(m, nil, []string{"n"}), BucketSeconds: pick(m, 0, 1, 300, 86400)}
	}
	return s
}

// tail adds the tail of a log, at times with a gap before it.
func (m maker) tail(w *world, name string) {
	data, row := m.file()
	first, end := w.rows[name], int64(len(w.files[name]))
	first.OriginalSize = &end
	w.rows[name] = first
	from := end + int64(pick(m, 0, 0, 0, 9))
	row.Ranges = [][2]int64{{from, from + int64(len(data))}}
	w.files[name+".tail"], w.rows[name+".tail"] = data, row
	if m.IntN(8) == 0 {
		w.failAt[name+".tail"] = m.IntN(len(data)+2) - 1
	}
}

func (m maker) world() *world {
	w := &world{files: map[string][]byte{}, rows: map[string]bundles.File{}, failAt: map[string]int{}}
	for i := range 1 + m.IntN(4) {
		name := fmt.Sprintf("logs/%s/f%d.log", pick(m, "a", "b"), i)
		w.files[name], w.rows[name] = m.file()
		if m.IntN(8) == 0 {
			w.failAt[name] = m.IntN(len(w.files[name])+2) - 1
		}
		if m.IntN(3) == 0 {
			m.tail(w, name)
		}
	}
	if m.IntN(5) > 0 {
		w.offs = []bundles.UTCOffset{
			{From: time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC), Seconds: 7200},
			{From: time.Date(2023, 10, 29, 1, 0, 0, 0, time.UTC), Seconds: 3600},
			{From: time.Date(2024, 10, 27, 1, 0, 0, 0, time.UTC), Seconds: 3600},
		}
	}
	size := 0
	for _, data := range w.files {
		size += len(data)
	}
	w.chunk = pick(m, 0, 0, 2000, 20_000)
	if size < 20_000 { // chunks that are much smaller than the file take long
		w.chunk = pick(m, 0, 4, 6, 60, 90)
	}
	for i := range 1 + m.IntN(2) {
		mod := Module{Name: fmt.Sprintf("m%d", i), Formats: formats, Inputs: []abi.Input{{ID: "all", Glob: "logs/**"}, {ID: "some", Glob: "LOGS/a/*"}}}
		for k := range 1 + m.IntN(6) {
			mod.Scans = append(mod.Scans, m.scan(k))
		}
		w.mods = append(w.mods, mod)
	}
	return w
}

// randomWorlds are enough for TestFeaturesMeet.
const randomWorlds = 150

func TestAgainstReference(t *testing.T) {
	n := uint64(randomWorlds)
	if testing.Short() {
		n = 10
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			compare(t, maker{rand.New(rand.NewPCG(seed, 1))}.world())
		})
	}
}

// TestFeaturesMeet: among the random worlds are all combinations of what a scan
// and a log can be, each with a hit.
func TestFeaturesMeet(t *testing.T) {
	type features struct{ ignoreCase, wide, format, join, tally, smallChunks bool }
	met := map[features]bool{}
	for seed := range uint64(randomWorlds) {
		w := maker{rand.New(rand.NewPCG(seed, 1))}.world()
		wide := false
		for name, data := range w.files {
			wide = wide || len(data) > 100 && (bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) || w.rows[name].Encoding != "")
		}
		out := run(t, w, Options{})
		for _, mod := range w.mods {
			for _, s := range mod.Scans {
				if out.Results[mod.Name][s.ID].Summary.Count > 0 {
					join := s.Format != "" && s.Format != "plain" && s.Format != "timeless"
					met[features{s.IgnoreCase, wide, s.Format != "", join, s.Tally != nil, w.chunk > 0 && w.chunk < 100}] = true
				}
			}
		}
	}
	const all = 2 * 2 * 3 * 2 * 2 // join has a format
	if len(met) != all {
		t.Errorf("%d of %d combinations: %v", len(met), all, met)
	}
}

func FuzzAgainstReference(f *testing.F) {
	f.Add([]byte("2024-03-05 14:22:31:004211 ERROR 1 failed\n  more\r\n\n\n2024-10-27 02:30:00:1 INFO .. x\n"), "failed", "", byte(0), byte(0))
	f.Add([]byte("\xff\xfea\x00\n\x00\x3d\xd8\x00\xde\x00"), "", `(?i)(?P<w>k+)|😀`, byte(7), byte(1))
	f.Add([]byte("lost\n\n2024-01-01 00:00:00:1 E 1\n"+strings.Repeat("€", 40)+"\nx"), "", `(?s).*`, byte(0x35), byte(200))
	f.Fuzz(func(t *testing.T, data []byte, literal, expr string, bits, chunk byte) {
		var s decl.Scan
		s.ID, s.Input = "s", "all"
		if literal != "" {
			s.Any = append(s.Any, decl.Pattern{Literal: literal})
		}
		if expr != "" {
			s.Any = append(s.Any, decl.Pattern{Regexp: expr})
		}
		s.IgnoreCase = bits&1 != 0
		s.Context = int(bits>>1&3) * 3
		s.MaxHits = int(bits >> 3 & 1)
		s.Format = []string{"", "joined", "plain", "yearless", "timeless", "any-line", "short", "joined"}[bits>>4&7]
		if bits&0x80 != 0 && (s.Format == "joined" || s.Format == "plain") {
			s.Tally = &decl.Tally{By: []string{"level"}, Sum: []string{"n"}, BucketSeconds: 60}
		}
		if decl.Validate(formats, []decl.Scan{s}, nil) != nil {
			t.Skip()
		}
		mod := Module{Name: "m", Formats: formats, Inputs: []abi.Input{{ID: "all", Glob: "logs/**"}}, Scans: []decl.Scan{s}}
		compare(t, &world{files: map[string][]byte{"logs/f": data}, mods: []Module{mod}, chunk: int(chunk)*2 + 4})
	})
}
