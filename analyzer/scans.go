package analyzer

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// found is what the scans of all modules found, by key of the module and id of
// the scan.
type found map[string]map[string]scan.Result

// scan reads every log once, for the scans of all checks that are to run.
func (p *plan) scan(ctx context.Context, o *Options) (*logscan.Output, error) {
	var mods []logscan.Module
	for _, m := range p.modules {
		wanted := m.wanted(func(c abi.Check) []string { return c.Scans })
		mods = append(mods, logscan.Module{
			Name: m.key, Valid: true, Inputs: m.describe.Inputs, Formats: m.describe.Formats,
			Scans: slices.DeleteFunc(slices.Clone(m.describe.Scans), func(s scan.Scan) bool { return !wanted[s.ID] }),
		})
	}
	if o.oneCore {
		defer onOneCore()()
	}
	out, err := logscan.Run(ctx, p.bundle, mods, logscan.Options{Hash: o.unverified, Progress: o.scanned()})
	if err != nil {
		return nil, fmt.Errorf("scan logs: %w", err)
	}
	return &out, nil
}

// onOneCore keeps the process on one core until ended is called. No module may run
// meanwhile: its code cannot be interrupted, and the process would not notice that
// its parent is gone.
func onOneCore() (ended func()) {
	cores := runtime.GOMAXPROCS(1)
	return func() { runtime.GOMAXPROCS(cores) }
}

// progressStep is how many bytes pass between two words about the scan.
const progressStep = 8 << 20

// scanned reports on the bytes read, now and then.
func (o *Options) scanned() func(n int) {
	var done atomic.Int64
	return func(n int) {
		now := done.Add(int64(n))
		if now/progressStep != (now-int64(n))/progressStep {
			o.progress(StageScan, now, 0)
		}
	}
}

// hits lists all hits of all scans.
func (f found) hits() []scan.Hit {
	var all []scan.Hit
	for _, results := range f {
		for _, r := range results {
			all = append(all, r.Hits...)
		}
	}
	return all
}
