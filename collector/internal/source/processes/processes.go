// Package processes lists the running processes. The command line is read only
// for those that are watched.
package processes

import (
	"context"
	"os"
	"sort"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Options of Read.
type Options struct {
	// Watched says of a process name whether it is watched.
	Watched func(name string) bool
	// Args redacts a command line.
	Args func(args []string) string
}

// Read lists the processes, by id.
func Read(ctx context.Context, opt Options) (bundles.Processes, error) {
	f := bundles.Processes{Taken: time.Now().UTC(), Items: []bundles.Process{}}
	rows, err := list(ctx, opt.Watched)
	if err != nil {
		return f, err
	}
	self := int32(os.Getpid())
	for _, r := range rows {
		p := r.Process
		p.Collector = p.PID == self
		if p.Watched = opt.Watched(p.Name); p.Watched && len(r.args) > 0 {
			p.CommandLine = opt.Args(r.args)
		}
		f.Items = append(f.Items, p)
	}
	sort.Slice(f.Items, func(i, j int) bool { return f.Items[i].PID < f.Items[j].PID }) // smaller than slices.SortFunc
	return f, ctx.Err()
}

type row struct {
	bundles.Process
	args []string
}
