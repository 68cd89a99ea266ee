package analyzer

import (
	"runtime"
	"runtime/debug"
)

// collectLater puts off garbage collection until the process has quiet bytes;
// from then on it is as usual, up to limit, from which on it works harder. A
// job on a bundle of a few megabytes ends before: collecting would cost it a
// fifth of its time, most of that in waiting for modules, which run native code
// that cannot be interrupted.
func collectLater(quiet, limit int64) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(quiet)
	// The first collection finds this garbage.
	runtime.AddCleanup(&firstGarbage{}, func(limit int64) {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(100)
	}, limit)
}

// firstGarbage has a pointer, so that nothing else shares its memory.
type firstGarbage struct{ _ *byte }
