package analyzer

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// collectLater puts off garbage collection until the process has quiet bytes. A
// job on a bundle of a few megabytes ends before: collecting would cost it a
// fifth of its time, most of that in waiting for modules, which run native code
// that cannot be interrupted. As long as most of it is garbage then, the next
// collection waits for quiet bytes, too; else it is as usual from then on, up to
// limit, from which on it works harder.
func collectLater(quiet, limit int64) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(quiet)
	later{quiet, limit}.watch()
}

// later is what to do at the next collection.
type later struct{ quiet, limit int64 }

// garbage has a pointer, so that nothing else shares its memory.
type garbage struct{ _ *byte }

// watch has collected called once the next collection has found this garbage.
func (l later) watch() { runtime.AddCleanup(&garbage{}, later.collected, l) }

func (l later) collected() {
	if liveBytes() < uint64(l.quiet)/2 {
		l.watch()
		return
	}
	debug.SetMemoryLimit(l.limit)
	debug.SetGCPercent(100)
}

// liveBytes is what the last collection has left.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
