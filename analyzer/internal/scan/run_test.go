package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func run(t *testing.T, w *world, opts Options) Output {
	t.Helper()
	out, err := Run(context.Background(), w.bundle(t), w.mods, opts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func literal(s string) []decl.Pattern { return []decl.Pattern{{Literal: s}} }

func TestEveryLogIsReadOnce(t *testing.T) {
	w := oneScan("a x\nb\n", decl.Scan{Any: literal("x")})
	w.files["logs/other"] = []byte("no scan wants this")
	w.files["facts/events.ndjson"] = []byte("{}\n")
	w.mods[0].Inputs[0].Glob = "logs/f"
	w.mods = append(w.mods, Module{
		Name: "m2", Inputs: []abi.Input{{ID: "in", Glob: "*/*f*"}, {ID: "ev", Glob: "facts/events.ndjson"}},
		Scans: []decl.Scan{{ID: "s", Input: "in", Any: literal("b")}, {ID: "e", Input: "ev", Any: literal("{")}, {ID: "none", Input: "gone", Any: literal("b")}},
	})
	b := w.bundle(t)
	opened := &countingFS{MapFS: b.FS.(*brokenFS).MapFS}
	b.FS = opened
	var bytes atomic.Int64
	out, err := Run(context.Background(), b, w.mods, Options{Hash: true, Progress: func(n int) { bytes.Add(int64(n)) }})
	if err != nil {
		t.Fatal(err)
	}
	if n := opened.n.Load(); n != 3 {
		t.Errorf("%d files opened, want 3", n)
	}
	if n := bytes.Load(); n != 6+18+3 {
		t.Errorf("progress of %d bytes, want 27", n)
	}
	want := []report.Log{{File: "logs/f", Bytes: 6, Lines: 2, Sampled: 2}, {File: "logs/other", Bytes: 18, Lines: 1, Sampled: 1}}
	if d := cmp.Diff(want, out.Logs); d != "" {
		t.Errorf("logs (-want +got):\n%s", d)
	}
	for _, tt := range []struct {
		module, scan string
		count        int64
		files        int
	}{{"m", "s", 1, 1}, {"m2", "s", 1, 1}, {"m2", "e", 1, 1}, {"m2", "none", 0, 0}} {
		r, ok := out.Results[tt.module][tt.scan]
		if !ok || r.Summary.Count != tt.count || r.Summary.Files != tt.files {
			t.Errorf("%s/%s: %+v, want %d hits in %d files", tt.module, tt.scan, r.Summary, tt.count, tt.files)
		}
	}
	sum := sha256.Sum256(w.files["logs/other"])
	if got := out.Sums["logs/other"]; got != (Sum{Size: 18, SHA256: hex.EncodeToString(sum[:])}) {
		t.Errorf("sum of logs/other: %+v", got)
	}
}

// countingFS counts how often files are opened.
type countingFS struct {
	fstest.MapFS
	n atomic.Int32
}

func (c *countingFS) Open(name string) (fs.File, error) {
	c.n.Add(1)
	return c.MapFS.Open(name)
}

func TestTailIsReadWithItsLog(t *testing.T) {
	w := oneScan("x\n", decl.Scan{Any: literal("x")})
	w.files["logs/f.tail"] = []byte("x\n")
	w.rows["logs/f.tail"] = bundles.File{FirstLine: 2}
	w.mods[0].Inputs[0].Glob = "logs/f"
	r := run(t, w, Options{}).Results["m"]["s"]
	if len(r.Hits) != 2 || r.Hits[1].File != "logs/f.tail" || r.Hits[1].Line != 2 {
		t.Errorf("hits %+v, want one of the log and line 2 of its tail", r.Hits)
	}
}

func TestUnreadFilesHaveNoSum(t *testing.T) {
	w := oneScan("x\nx\nx\n", decl.Scan{Any: literal("x")})
	w.files["logs/closed"] = []byte("x\n")
	w.failAt = map[string]int{"logs/f": 3, "logs/closed": -1}
	out := compare(t, w)
	if len(out.Sums) != 0 {
		t.Errorf("sums %v, want none", out.Sums)
	}
	s := out.Results["m"]["s"].Summary
	if d := cmp.Diff([]string{"logs/closed", "logs/f"}, s.Unread); d != "" || s.Count != 2 {
		t.Errorf("count %d, unread (-want +got):\n%s", s.Count, d)
	}
}

func TestWorkersDoNotShow(t *testing.T) {
	w := oneScan("", decl.Scan{Any: everything(), Format: "plain", MaxHits: 50, Tally: &decl.Tally{By: []string{"level"}, Sum: []string{"n"}}})
	for i := range 20 {
		var b strings.Builder
		for k := range 300 {
			fmt.Fprintf(&b, "%sE%d 0.%d\n", stamp(k*i%97), k%7, k)
		}
		w.files[fmt.Sprintf("logs/%d", i)] = []byte(b.String())
	}
	one, four := run(t, w, Options{Workers: 1}), run(t, w, Options{Workers: 4})
	if d := cmp.Diff(one, four); d != "" {
		t.Errorf("(-one worker +four):\n%s", short(d))
	}
}

func TestRunRefusesBadDeclarations(t *testing.T) {
	w := oneScan("", decl.Scan{Any: []decl.Pattern{{Regexp: "("}}})
	if _, err := Run(context.Background(), w.bundle(t), w.mods, Options{}); err == nil || !strings.Contains(err.Error(), `module "m": scan "s"`) {
		t.Errorf("error %v, want one that names module and scan", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := oneScan(strings.Repeat("x\n", 1000), decl.Scan{Any: literal("x")})
	_, err := Run(ctx, w.bundle(t), w.mods, Options{chunk: 4, Progress: func(int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestNeedles(t *testing.T) {
	for expr, want := range map[string][]needle{
		`Failed to (POST|GET) the details for`: {{" the details for", false}},
		`(?i)0x80072(?:ee2|f8f)`:               {{"80072", false}},
		`(?i)error (\d+)`:                      {{"error ", true}},
		`(?i)naïve case`:                       {{"ve case", true}},
		`(abc)+x?`:                             {{"abc", false}},
		`(abc)*`:                               nil,
		`(?:abcd){0,3}xy`:                      {{"xy", false}},
		`one|two`:                              {{"one", false}, {"two", false}},
		`(?:one|two)\d*four`:                   {{"four", false}},
		`(?:three|four)\d*x`:                   {{"three", false}, {"four", false}},
		`one|two|`:                             nil,
		`one|\d+`:                              nil,
		`one|x`:                                nil,
		`(?i)0x80(?:072ee2|190197)`:            {{"072ee2", true}, {"190197", false}},
		`a`:                                    nil,
		"long line\nshort":                     {{"long line", false}},
		`system:(10054|10060)`:                 {{"system:", false}},
	} {
		if got := needlesOf(expr); !slices.Equal(got, want) {
			t.Errorf("needlesOf(%q) = %v, want %v", expr, got, want)
		}
	}
	var many []string
	for i := range maxNeedles + 1 {
		many = append(many, fmt.Sprintf("%c%d", 'a'+i, i))
	}
	if got := needlesOf(strings.Join(many, "|")); got != nil {
		t.Errorf("an alternation of %d ways gives %v, want none", len(many), got)
	}
}

func TestLogIsDescribedByItsSample(t *testing.T) {
	var b strings.Builder
	at := func(n int) time.Time { return time.Date(2024, 1, 1, 0, n, 0, 0, time.UTC) }
	n := 0
	for i := range 9000 {
		switch i {
		case 500, 4500, 8500:
			n += 60 // three gaps; the one in the middle is between lines that are not sampled
		}
		if i%10 == 9 {
			b.WriteString("no time\n")
			continue
		}
		n++
		b.WriteString(stamp(n) + "E 1\n")
	}
	w := oneScan(b.String(), decl.Scan{Any: literal("none"), Format: "plain"})
	w.offs = []bundles.UTCOffset{{Seconds: 0}}
	for _, chunk := range []int{0, 1000} {
		log := run(t, w, Options{chunk: chunk}).Logs[0]
		first, last := at(1), at(n)
		if log.Lines != 9000 || log.Format != "plain" || !log.First.Equal(first) || !log.Last.Equal(last) {
			t.Errorf("log %+v, want 9000 lines from %s to %s", log, first, last)
		}
		if log.Sampled < 2700 || log.Sampled > 3000 || log.Parsed*10 < log.Sampled*8 || log.Parsed >= log.Sampled {
			t.Errorf("%d of %d sampled lines parsed, want nine of ten of nearly 3000", log.Parsed, log.Sampled)
		}
		if d := cmp.Diff([]report.Gap{{From: at(450), To: at(511)}, {From: at(7770), To: at(7831)}}, log.Gaps); d != "" {
			t.Errorf("gaps (-want +got):\n%s", d)
		}
	}
}

func TestGapsThatAreNone(t *testing.T) {
	for name, order := range map[string][]int{
		"a clock set back":  {0, 100, 50, 60, 160, 140},
		"short":             {0, 29, 58},
		"backwards":         {100, 0},
		"equal":             {5, 5},
		"filled from above": {30, 0, 60, 45, 20},
	} {
		var b strings.Builder
		for _, n := range order {
			b.WriteString(stamp(n) + "E 1\n")
		}
		log := run(t, oneScan(b.String(), decl.Scan{Any: literal("none"), Format: "plain"}), Options{}).Logs[0]
		if len(log.Gaps) > 0 && name != "a clock set back" {
			t.Errorf("%s: gaps %v", name, log.Gaps)
		}
		for _, g := range log.Gaps {
			for _, n := range order {
				at := time.Date(2024, 1, 1, 0, n, 0, 0, time.UTC)
				if at.After(g.From) && at.Before(g.To) {
					t.Errorf("%s: a line at %s in the gap %v", name, at, g)
				}
			}
		}
	}
}

func TestLocalTimesInTheRepeatedHourMakeNoGap(t *testing.T) {
	w := oneScan("2024-10-27 01:30:00:1 E 1\n2024-10-27 02:30:00:1 E 1\n2024-10-27 03:30:00:1 E 1\n", decl.Scan{Any: literal("none"), Format: "joined"})
	w.offs = []bundles.UTCOffset{{From: time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC), Seconds: 7200}, {From: time.Date(2024, 10, 27, 1, 0, 0, 0, time.UTC), Seconds: 3600}}
	if log := run(t, w, Options{}).Logs[0]; len(log.Gaps) != 0 || log.Parsed != 3 {
		t.Errorf("log %+v, want three times and no gap", log)
	}
}

func TestSlow(t *testing.T) {
	s := decl.Scan{Any: []decl.Pattern{{Literal: "x"}, {Literal: "xy"}, {Regexp: `\d+`}, {Regexp: `error|\d`}, {Regexp: `at \d+`}}}
	want := []decl.Pattern{{Literal: "x"}, {Regexp: `\d+`}, {Regexp: `error|\d`}}
	if d := cmp.Diff(want, Slow(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s = decl.Scan{Any: []decl.Pattern{{Literal: "éè"}, {Literal: "éabè"}}, IgnoreCase: true}
	if d := cmp.Diff([]decl.Pattern{{Literal: "éè"}}, Slow(s)); d != "" {
		t.Errorf("without case (-want +got):\n%s", d)
	}
}
