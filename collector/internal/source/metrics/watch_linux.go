package metrics

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

// rescan is after how many readings processes that were not watched are looked
// at again: a process gets its name only when its program is loaded.
const rescan = 12

// watcher finds the watched processes. Most processes are not, so their ids are
// remembered.
type watcher struct {
	watched func(string) bool
	proc    procfs.Root
	other   map[int32]bool
	turn    int
}

func newWatcher(watched func(string) bool) *watcher {
	return &watcher{watched: watched, proc: "/proc", other: map[int32]bool{}}
}

func (w *watcher) read(context.Context) []use {
	if w.watched == nil {
		return nil
	}
	if w.turn++; w.turn%rescan == 0 {
		w.other = map[int32]bool{}
	}
	pids, err := w.proc.PIDs()
	if err != nil {
		return nil
	}
	var out []use
	for _, pid := range pids {
		if w.other[pid] {
			continue
		}
		s, err := w.proc.Stat(pid)
		if err != nil {
			continue
		}
		if !w.watched(s.Name) {
			w.other[pid] = true
			continue
		}
		u := use{name: s.Name, pid: pid, start: s.StartSeconds, cpuSeconds: s.CPUSeconds}
		if io, err := w.proc.IO(pid); err == nil {
			u.io = &bundles.ProcessIO{PID: pid, Read: io.Read, Write: io.Write}
		}
		out = append(out, u)
	}
	return out
}

// gauges are the values that each system tells in its own way.
type gauges struct{}

func newGauges() *gauges { return &gauges{} }

// read adds the major page faults: pages that had to be read from disk.
func (*gauges) read(_ context.Context, out *bundles.Sample) {
	if n, err := procfs.Root("/proc").MajorFaults(); err == nil {
		out.Paging = &n
	}
}

func (*gauges) lacking() error { return nil }

// self reads the collector's own use. The kernel's ticks in /proc are 10 ms,
// too coarse for a load of a thousandth.
func self(context.Context) (cpuSeconds float64, rss uint64, ok bool) {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0, 0, false
	}
	s, err := procfs.Root("/proc").Stat(int32(os.Getpid()))
	spent := time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
	return spent.Seconds(), s.RSSBytes, err == nil
}
