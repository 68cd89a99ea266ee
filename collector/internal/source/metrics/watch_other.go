//go:build !linux

package metrics

import (
	"context"

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
