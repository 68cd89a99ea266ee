package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// bigBundle is a bundle as the collector writes it with one log, whose restart
// points are left out when plain.
func bigBundle(t testing.TB, log []byte, plain bool) *bundles.Bundle {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "1", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Create(bundles.File{Path: "logs/f"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Write(log)
	if err := errors.Join(err, e.Close(), w.Finish(bundles.Manifest{})); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil || b.Cut {
		t.Fatal(err, b.CutReason)
	}
	if plain {
		b.Manifest.Files[0].Restarts = nil
	}
	return b
}

// TestRestartPoints: a log with restart points gives what it gives without.
func TestRestartPoints(t *testing.T) {
	log := []byte(agentLog(9 << 20))
	var have []Output
	for _, plain := range []bool{false, true} {
		out, err := Run(context.Background(), bigBundle(t, log, plain), []Module{agentScans()}, Options{Hash: true})
		if err != nil {
			t.Fatal(err)
		}
		have = append(have, out)
	}
	if d := cmp.Diff(have[0].Results, have[1].Results); d != "" {
		t.Error(d)
	}
	sum := sha256.Sum256(log)
	want := Sum{Size: int64(len(log)), SHA256: hex.EncodeToString(sum[:])}
	for _, out := range have {
		if out.Sums["logs/f"] != want {
			t.Errorf("sum %+v", out.Sums["logs/f"])
		}
	}
	marks := have[0].Marks["logs/f"]
	if len(marks) != 3 || len(have[1].Marks) != 0 {
		t.Fatalf("marks %v, without restart points %v", marks, have[1].Marks)
	}
	for _, m := range marks {
		if n := bytes.Count(log[:m.Offset], []byte("\n")); int64(n)+1 != m.Line || m.Offset > 0 && log[m.Offset-1] != '\n' {
			t.Errorf("mark %+v: %d lines are before it", m, n)
		}
	}
}

// TestLyingRestarts: the sum tells of restart points that are wrong.
func TestLyingRestarts(t *testing.T) {
	log := []byte(agentLog(5 << 20))
	b := bigBundle(t, log, false)
	b.Manifest.Files[0].Restarts[0][1]--
	out, err := Run(context.Background(), b, []Module{agentScans()}, Options{Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(log)
	if s := out.Sums["logs/f"]; s.SHA256 != hex.EncodeToString(sum[:]) || s.Restarts == "" {
		t.Errorf("sum %+v", s)
	}
	in, err := b.VerifyKnown(context.Background(), out.Sums)
	if err != nil || len(in.Problems) != 1 || in.Problems[0].Kind != bundles.ProblemRestarts {
		t.Errorf("%+v, %v", in, err)
	}
}

// TestRunEndsEarly ends a scan in the middle of a large log: nothing goes on.
func TestRunEndsEarly(t *testing.T) {
	b := bigBundle(t, []byte(agentLog(9<<20)), false)
	before := runtime.NumGoroutine()
	for n := range 5 {
		ctx, cancel := context.WithCancel(context.Background())
		read := 0
		_, err := Run(ctx, b, []Module{agentScans()}, Options{Hash: true, Workers: 2, Progress: func(k int) {
			if read += k; read > n<<20 {
				cancel()
			}
		}})
		if cancel(); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	}
	deadline := time.Now().Add(10 * time.Second) // one that has said that it is done may take a moment to be gone
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Error(fmt.Sprint(after, " goroutines, ", before, " before"))
	}
}
