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

// gauges are the values that each system tells in its own way.
type gauges struct{ counters counters }

func newGauges() *gauges { return &gauges{} }

// read adds the pages read in and what waits for processors and disks.
func (g *gauges) read(ctx context.Context, out *bundles.Sample) {
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
