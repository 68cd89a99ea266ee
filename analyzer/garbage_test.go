package analyzer

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestCollectLater: there is no collection below the quiet size. What is mostly
// garbage then is collected at that size again, and what is not has collections as
// usual from then on.
func TestCollectLater(t *testing.T) {
	percent := debug.SetGCPercent(100)
	limit := debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
	runtime.GC() // one may be under way
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const more = 32 << 20
	quiet := int64(before.Sys) + 2*more
	collectLater(quiet, 1<<40)
	var kept [][]byte
	allocate := func(n int) {
		for range n >> 20 {
			kept = append(kept[:0], make([]byte, 1<<20))
		}
	}
	allocate(more)
	if runtime.ReadMemStats(&after); after.NumGC != before.NumGC {
		t.Errorf("%d collections below the quiet size", after.NumGC-before.NumGC)
	}
	for range 5 {
		allocate(more)
		runtime.GC() // nothing is allocated meanwhile, which would count as live
		if have := debug.SetMemoryLimit(-1); have != quiet {
			t.Fatalf("after a collection of garbage the limit is %d, want %d", have, quiet)
		}
	}
	live := make([]byte, quiet/2)
	deadline := time.After(10 * time.Second)
	for debug.SetMemoryLimit(-1) != 1<<40 {
		allocate(more)
		select {
		case <-deadline:
			t.Fatal("with half the quiet size in use the limit is not the usual one")
		default:
			runtime.Gosched()
		}
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(live)
}
