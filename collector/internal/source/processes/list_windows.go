package processes

import (
	"context"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// list takes all processes from one call; only the watched ones are opened, for
// their command lines.
func list(_ context.Context, watched func(string) bool) ([]row, error) {
	procs, _, err := ntinfo.Snapshot()
	if err != nil {
		return nil, err
	}
	var out []row
	for _, p := range procs {
		if p.Name == "" {
			continue // the idle process
		}
		r := row{Process: bundles.Process{PID: p.PID, PPID: p.PPID, Name: p.Name, CPUSeconds: p.CPUSeconds, RSSBytes: p.RSS}}
		if !p.Started.IsZero() {
			r.Started = &p.Started
		}
		if watched(p.Name) {
			r.args, _ = ntinfo.Args(p.PID)
		}
		out = append(out, r)
	}
	return out, nil
}
