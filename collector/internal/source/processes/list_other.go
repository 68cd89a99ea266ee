//go:build !linux && !windows

package processes

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"github.com/asrdiag/asrdiag/bundles"
)

func list(ctx context.Context, watched func(string) bool) ([]row, error) {
	procs, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return nil, err
	}
	var out []row
	for _, p := range procs {
		if ctx.Err() != nil {
			break
		}
		name, err := p.NameWithContext(ctx)
		if err != nil {
			continue // ended, or an idle process of the system
		}
		r := row{Process: bundles.Process{PID: p.Pid, Name: name}}
		r.PPID, _ = p.PpidWithContext(ctx)
		if t, err := p.TimesWithContext(ctx); err == nil {
			r.CPUSeconds = t.User + t.System
		}
		if m, err := p.MemoryInfoWithContext(ctx); err == nil {
			r.RSSBytes = m.RSS
		}
		if ms, err := p.CreateTimeWithContext(ctx); err == nil && ms > 0 {
			t := time.UnixMilli(ms).UTC()
			r.Started = &t
		}
		if watched(name) {
			r.args, _ = p.CmdlineSliceWithContext(ctx)
		}
		out = append(out, r)
	}
	return out, nil
}
