package metrics

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// watcher finds the watched processes in one list of all; none is opened.
type watcher struct{ watched func(string) bool }

func newWatcher(watched func(string) bool) *watcher { return &watcher{watched} }

func (w *watcher) read(context.Context) []use {
	if w.watched == nil {
		return nil
	}
	procs, _, err := ntinfo.Snapshot()
	if err != nil {
		return nil
	}
	return usesOf(procs, w.watched)
}

// self reads the collector's own use.
func self(context.Context) (cpuSeconds float64, rss uint64, ok bool) {
	var create, exit, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &create, &exit, &kernel, &user); err != nil {
		return 0, 0, false
	}
	var m memoryCounters
	m.cb = uint32(unsafe.Sizeof(m))
	call := windows.NewLazySystemDLL("psapi.dll").NewProc("GetProcessMemoryInfo")
	good, _, _ := call.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&m)), uintptr(m.cb))
	return ticks(kernel) + ticks(user), uint64(m.workingSet), good != 0
}

func ticks(f windows.Filetime) float64 {
	return float64(uint64(f.HighDateTime)<<32|uint64(f.LowDateTime)) / 1e7
}

// memoryCounters is PROCESS_MEMORY_COUNTERS of psapi.
type memoryCounters struct {
	cb, pageFaults             uint32
	peakWorkingSet, workingSet uintptr
	_                          [6]uintptr
}

// gauges are the values that each system tells in its own way.
type gauges struct{ counters counters }

func newGauges() *gauges { return &gauges{} }

// read adds the commit charge, which is what the product's alerts measure, the
// pages read in, and what waits for processors and disks.
func (g *gauges) read(ctx context.Context, out *bundles.Sample) {
	if m, err := ntinfo.ReadMemory(); err == nil && m.CommitLimit > 0 {
		out.Commit = ratio(float64(m.Commit), float64(m.CommitLimit))
	}
	buf := make([]byte, 1<<10)
	var n uint32
	if err := windows.NtQuerySystemInformation(windows.SystemPerformanceInformation, unsafe.Pointer(&buf[0]), uint32(len(buf)), &n); err == nil {
		out.Paging = pagesRead(buf[:min(int(n), len(buf))])
	}
	g.counters.read(ctx, out)
	if out.Queue == nil {
		if _, ready, err := ntinfo.Snapshot(); err == nil && ready >= 0 {
			q := float64(ready)
			out.Queue = &q
		}
	}
}

func (g *gauges) lacking() error {
	if g.counters.err == nil {
		return nil
	}
	return fmt.Errorf("performance counters: %w", g.counters.err)
}
