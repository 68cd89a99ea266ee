package processes

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

const proc = procfs.Root("/proc")

func list(ctx context.Context, watched func(string) bool) ([]row, error) {
	pids, err := proc.PIDs()
	if err != nil {
		return nil, err
	}
	boot, berr := proc.Boot()
	var out []row
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		s, err := proc.Stat(pid)
		if gone(err) {
			continue
		}
		if err != nil {
			out = append(out, row{Process: bundles.Process{PID: pid, Error: err.Error()}})
			continue
		}
		r := row{Process: bundles.Process{PID: pid, PPID: s.PPID, Name: s.Name, CPUSeconds: s.CPUSeconds, RSSBytes: s.RSSBytes}}
		if berr == nil {
			t := boot.Add(time.Duration(s.StartSeconds * float64(time.Second))).UTC()
			r.Started = &t
		}
		if watched(s.Name) {
			r.args = proc.Args(pid)
		}
		out = append(out, r)
	}
	return out, nil
}

// gone reports whether a process ended while it was looked at.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}
