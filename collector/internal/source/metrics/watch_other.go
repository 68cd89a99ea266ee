//go:build !linux && !windows

package metrics

import (
	"context"
	"os"

	"github.com/shirou/gopsutil/v3/process"

	"github.com/asrdiag/asrdiag/bundles"
)

type watcher struct{ watched func(string) bool }

func newWatcher(watched func(string) bool) *watcher { return &watcher{watched} }

func (w *watcher) read(ctx context.Context) []use {
	if w.watched == nil {
		return nil
	}
	procs, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return nil
	}
	var out []use
	for _, p := range procs {
		name, err := p.NameWithContext(ctx)
		if err != nil || !w.watched(name) {
			continue
		}
		u := use{name: name, pid: p.Pid}
		if ms, err := p.CreateTimeWithContext(ctx); err == nil {
			u.start = float64(ms)
		}
		if t, err := p.TimesWithContext(ctx); err == nil {
			u.cpuSeconds = t.User + t.System
		}
		if io, err := p.IOCountersWithContext(ctx); err == nil {
			u.io = &bundles.ProcessIO{PID: p.Pid, Read: io.ReadBytes, Write: io.WriteBytes}
		}
		out = append(out, u)
	}
	return out
}

// self reads the collector's own use.
func self(ctx context.Context) (cpuSeconds float64, rss uint64, ok bool) {
	p, err := process.NewProcessWithContext(ctx, int32(os.Getpid()))
	if err != nil {
		return 0, 0, false
	}
	t, err := p.TimesWithContext(ctx)
	m, merr := p.MemoryInfoWithContext(ctx)
	if err != nil || merr != nil {
		return 0, 0, false
	}
	return t.User + t.System, m.RSS, true
}

// gauges are the values that each system tells in its own way.
type gauges struct{}

func newGauges() *gauges { return &gauges{} }

func (*gauges) read(context.Context, *bundles.Sample) {}

func (*gauges) lacking() error { return nil }
