package scan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// oneScan is a world of one log and one scan.
func oneScan(log string, s decl.Scan) *world {
	s.ID, s.Input = "s", "all"
	return &world{
		files: map[string][]byte{"logs/f": []byte(log)},
		rows:  map[string]bundles.File{},
		mods:  []Module{{Name: "m", Formats: formats, Inputs: []abi.Input{{ID: "all", Glob: "logs/**"}}, Scans: []decl.Scan{s}}},
	}
}

func everything() []decl.Pattern { return []decl.Pattern{{Regexp: `(?s)^.*$`}} }

// stamp is the start of a line of the formats, n minutes into 2024.
func stamp(n int) string {
	return time.Date(2024, 1, 1, 0, n, 0, 0, time.UTC).Format(time.DateTime) + ":1 "
}

// head is a line of the formats up to its message, in the same minute.
func head(n int) string { return stamp(n) + "E " }

func TestEdges(t *testing.T) {
	full := strings.Repeat("x", decl.MaxLine)
	joined := decl.Scan{Any: everything(), Format: "joined", Context: 2}
	for _, tt := range []struct {
		name, log, encoding string
		scan                decl.Scan
	}{
		{"empty file", "", "", joined},
		{"a character that ends at the limit", full[4:] + "😀y\n", "", decl.Scan{Any: everything()}},
		{"one that begins before and ends behind it", full[3:] + "😀y\n", "", decl.Scan{Any: everything()}},
		{"bad bytes at the limit", full[4:] + "\xf0\x9f\x98\n", "", decl.Scan{Any: everything()}},
		{"a cut line goes on", head(0) + "\n" + full[2:] + "€\nz\n" + head(1) + "\n", "", joined},
		{"a cut line that leaves room", "#\n" + full[3:] + "😀\nz\n#\n", "", decl.Scan{Any: everything(), Format: "short"}},
		{"a cut first line goes on", head(0) + full[len(head(0))+2:] + "€\nz\n\n" + head(1) + "\n", "", joined},
		{"the newline fits and nothing else", head(0) + full[len(head(0))+1:] + "\nz\n" + head(1) + "y\n", "", joined},
		{"blank lines beyond the limit", head(0) + "a" + strings.Repeat("\n", 2*decl.MaxLine) + "b\n\n\n", "", joined},
		{"an odd end that looks like a carriage return", "\xfe\xff\x00a\x61\x00\x0d", "", decl.Scan{Any: everything()}},
		{"an odd end after a carriage return", "a\x00\x0d\x00\x0d", "utf-16le", decl.Scan{Any: everything()}},
		{"a literal over two lines", head(0) + "a\nb\n" + head(1) + "a\nc\n", "", decl.Scan{Any: []decl.Pattern{{Literal: "a\nb"}}, Format: "joined"}},
		{"times beyond the probes", strings.Repeat("-\n", decl.TimeProbeLines) + head(1) + "\n" + strings.Repeat("-\n", decl.TimeProbeLines), "", joined},
		{"times just within the probes", strings.Repeat("-\n", decl.TimeProbeLines-1) + head(1) + "\n" + strings.Repeat("-\n", decl.TimeProbeLines-1), "", joined},
		{
			"last time in the probe, far back in bytes", strings.Repeat(head(1)+"\n", 2000) + head(5) + "\n" + strings.Repeat(full[:30000]+"\n", decl.TimeProbeLines-1), "",
			decl.Scan{Any: []decl.Pattern{{Literal: "q"}}, Format: "plain"},
		},
		{"no line starts an entry", strings.Repeat("- x\n", 500), "", decl.Scan{Any: everything(), Format: "joined", Context: 10}},
		{"an entry over many blocks", head(0) + "\n" + strings.Repeat("- x\n", 50_000) + head(1) + "\n", "", joined},
	} {
		tiny := 4
		if len(tt.log) > 20_000 {
			tiny = 200 // else it takes long
		}
		for _, chunk := range []int{tiny, 1000, chunkSize} {
			t.Run(fmt.Sprintf("%s/%d", tt.name, chunk), func(t *testing.T) {
				w := oneScan(tt.log, tt.scan)
				w.rows["logs/f"] = bundles.File{Encoding: tt.encoding}
				w.chunk = chunk
				compare(t, w)
			})
		}
	}
}

// A large hit pushes others out, and an older one that would fit must not take
// their place.
func TestKeptHitsHaveNoHoles(t *testing.T) {
	var b strings.Builder
	for i := range 70 {
		fmt.Fprintf(&b, "%s%s\n", head(100+i), strings.Repeat("x", decl.MaxLine-100))
	}
	b.WriteString(head(1) + "x\n")
	out := compare(t, oneScan(b.String(), decl.Scan{Any: []decl.Pattern{{Literal: "x"}}, Format: "plain", MaxHits: 1000}))
	if s := out.Results["m"]["s"].Summary; s.Count != 71 || s.Kept >= 70 {
		t.Errorf("kept %d of %d", s.Kept, s.Count)
	}
}

// Rows and buckets that were left out come again.
func TestTallyBounds(t *testing.T) {
	var b strings.Builder
	for round := range 2 {
		for i := range decl.MaxBucketedTallyRows + 300 {
			fmt.Fprintf(&b, "%sE%04d %d\n", stamp(i), decl.MaxBucketedTallyRows+300-i, round)
		}
	}
	rows := decl.Scan{Any: []decl.Pattern{{Literal: "E"}}, Format: "plain", Tally: &decl.Tally{By: []string{"level"}, Sum: []string{"n"}, BucketSeconds: 60}}
	if d := compare(t, oneScan(b.String(), rows)).Results["m"]["s"].Tally.Dropped; d != 600 {
		t.Errorf("dropped %d hits, want 600", d)
	}
	b.Reset()
	for i := range 2 * (decl.MaxTallyBuckets + 300) {
		fmt.Fprintf(&b, "%sE 1\n", stamp((i*1237)%(decl.MaxTallyBuckets+300)))
	}
	buckets := decl.Scan{Any: []decl.Pattern{{Literal: "E"}}, Format: "plain", Tally: &decl.Tally{Sum: []string{"n"}, BucketSeconds: 60}}
	if n := len(compare(t, oneScan(b.String(), buckets)).Results["m"]["s"].Tally.Rows[0].Buckets); n != decl.MaxTallyBuckets {
		t.Errorf("%d buckets, want %d", n, decl.MaxTallyBuckets)
	}
}

// Memory does not grow with the length of lines and entries.
func TestMemoryIsBounded(t *testing.T) {
	const size, limit = 64 << 20, 16 << 20
	for name, log := range map[string]string{
		"one line":               strings.Repeat("x", size),
		"an entry without end":   head(0) + "\n" + strings.Repeat("no time\n", size/8),
		"lines before any entry": strings.Repeat("no time\n", size/8),
	} {
		w := oneScan(log, decl.Scan{Any: []decl.Pattern{{Literal: "needle"}}, Format: "joined", Context: 10})
		b := w.bundle(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Run(context.Background(), b, w.mods, Options{}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > limit {
			t.Errorf("%s: %d bytes allocated for %d, want at most %d", name, n, size, limit)
		}
	}
}

// TestOldCodePages: bytes that are no UTF-8 become U+FFFD one by one, and the cut
// is where it is for other text.
func TestOldCodePages(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		raw := make([]byte, r.IntN(100))
		if r.IntN(20) == 0 {
			raw = make([]byte, decl.MaxLine-20+r.IntN(40))
		}
		for i := range raw {
			if raw[i] = byte(r.IntN(utf8.RuneSelf)); r.IntN(30) == 0 {
				raw[i] = byte(r.IntN(256))
			}
		}
		var want []byte
		cut := false
		for _, c := range string(raw) {
			if cut = len(want)+utf8.RuneLen(c) > decl.MaxLine; cut {
				break
			}
			want = utf8.AppendRune(want, c)
		}
		got, gotCut := encoding{width: 1}.appendText([]byte("before"), raw)
		if string(got) != "before"+string(want) || gotCut != cut {
			t.Fatalf("%d bytes become %d, cut: %v; want %d, %v", len(raw), len(got)-6, gotCut, len(want), cut)
		}
	}
}
