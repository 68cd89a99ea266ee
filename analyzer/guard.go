package analyzer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmhost"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// maxBusy is the most time that a worker may spend in activities in one job,
// however many it says there are.
const maxBusy = 15 * time.Minute

// guard keeps the time and the memory of a worker during one job. Activities
// of modules have a clock of their own; what is between them shares the
// bundle's.
type guard struct {
	worker *process
	heard  bool // the worker sent something

	mu      sync.Mutex
	waiting bool // for whoever reads the output: that is not the worker's time
	current *activity
	since   time.Time     // when the current activity, or the time between two, began
	spent   time.Duration // between activities, so far
	busy    time.Duration // in activities, so far
	allowed time.Duration // of spent
	why     string        // the worker was killed for
}

func newGuard(w *process, size int64) *guard {
	return &guard{worker: w, since: wallTime(), allowed: w.config.BundleTime + time.Duration(size/perSecond)*time.Second}
}

// hold stops the clock while output waits for its reader, and starts it again.
func (g *guard) hold(waiting bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spend()
	g.waiting = waiting
}

// begin starts an activity's clock. No activity may ask for more than twice the
// usual time, whatever a worker says.
func (g *guard) begin(a activity) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := 2 * abi.MaxWall * wasmhost.Slowdown
	if a.Compile {
		limit = compileWall + limit
	} else if g.worker.config.InstanceTime > 0 {
		a.Wall = g.worker.config.InstanceTime
	}
	if a.Wall <= 0 || a.Wall > limit {
		a.Wall = limit
	}
	g.spend()
	g.current = &a
}

func (g *guard) ended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spend()
	g.current = nil
}

// spend books the time since the last change.
func (g *guard) spend() {
	now := wallTime()
	switch {
	case g.waiting:
	case g.current == nil:
		g.spent += now.Sub(g.since)
	default:
		g.busy += now.Sub(g.since)
	}
	g.since = now
}

func (g *guard) doing() *activity {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.current
}

func (g *guard) reason() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why
}

// watch looks at the worker until stop is closed, and kills it when it has used
// up its time or its memory, or when ctx ends.
func (g *guard) watch(ctx context.Context, stop <-chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			_ = g.worker.cmd.Process.Kill()
			return
		case <-tick.C:
			if g.look() {
				_ = g.worker.cmd.Process.Kill()
				return
			}
		}
	}
}

// look reports whether the worker must go.
func (g *guard) look() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n, ok := g.worker.resident.bytes(); ok && n > g.worker.config.Resident {
		g.why = fmt.Sprintf("used more than %d MiB", g.worker.config.Resident>>20)
		return true
	}
	took := wallTime().Sub(g.since)
	switch {
	case g.waiting:
	case g.current != nil && took > g.current.Wall:
		g.why = "stopped after " + seconds(g.current.Wall)
	case g.current != nil && g.busy+took > maxBusy:
		g.why = "stopped after " + seconds(maxBusy) + " in modules"
	case g.current == nil && g.spent+took > g.allowed:
		g.why = "stopped after " + seconds(g.allowed)
	}
	return g.why != ""
}

// wallTime is the desk's clock. Workers are held to it; nothing of it reaches a
// report.
func wallTime() time.Time {
	return time.Now() //nolint:forbidigo // see above
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%g s", d.Seconds())
}
