package analyzer

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

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
	collectLater(int64(before.Sys)+2*more, 1<<40)
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
	deadline := time.After(10 * time.Second)
	for debug.SetMemoryLimit(-1) != 1<<40 {
		allocate(more)
		select {
		case <-deadline:
			t.Fatal("beyond the quiet size the limit is not the usual one")
		default:
			runtime.Gosched()
		}
	}
	runtime.KeepAlive(kept)
}
