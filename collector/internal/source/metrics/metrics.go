// Package metrics takes the samples of the window: load of the machine, of the
// watched processes and of the collector itself.
//
// Ratios of CPU time cover the span since the sample before. What cannot be
// read is absent from the sample, never zero.
package metrics

import (
	"context"
	"math"
	"runtime"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/host"
)

// use is what one watched process has used since it started.
type use struct {
	name       string
	pid        int32
	start      float64 // tells a process from a later one with its id
	cpuSeconds float64
	io         *bundles.ProcessIO // nil: no right to read it
}

// Sampler takes samples. It is not safe for concurrent use.
type Sampler struct {
	cpus  float64
	disks func(context.Context) map[string]float64
	procs *watcher
	own   *gauges

	last     time.Time
	cpu      *cpuTime
	uses     map[int32]use
	chosen   map[string]int32 // of several processes of one name
	selfCPU  float64
	haveSelf bool
}

// New returns a Sampler. watched says of a process name whether it is watched,
// or is nil when none is; usage reads the volumes.
func New(watched func(string) bool, usage func(context.Context) map[string]float64) *Sampler {
	s := &Sampler{cpus: float64(runtime.NumCPU()), disks: usage, procs: newWatcher(watched), own: newGauges()}
	if n := host.LogicalCPUs(); n > 0 {
		s.cpus = float64(n)
	}
	return s
}

// Start notes the counters from which the first sample counts.
func (s *Sampler) Start(ctx context.Context) { s.Sample(ctx) }

// Sample reads everything once.
func (s *Sampler) Sample(ctx context.Context) bundles.Sample {
	now := time.Now()
	out := bundles.Sample{T: now.UTC()}
	elapsed := now.Sub(s.last).Seconds()
	s.system(ctx, &out)
	out.Filesystem = s.disks(ctx)
	out.Network = readNetwork(ctx)
	s.processes(ctx, &out, elapsed)
	s.collector(ctx, &out, elapsed)
	s.last = now
	return out
}

func (s *Sampler) system(ctx context.Context, out *bundles.Sample) {
	if t, err := readCPU(ctx); err == nil {
		if s.cpu != nil {
			out.CPU = t.since(*s.cpu)
		}
		s.cpu = &t
	}
	readMemory(ctx, out)
	s.own.read(ctx, out)
}

// Lacking says what of the samples could not be measured, and why.
func (s *Sampler) Lacking() error { return s.own.lacking() }

// cpuTime is what all cores have done since boot, in any unit. Waiting for disks
// is idle.
type cpuTime struct{ total, idle float64 }

// since is the share of CPU time that was not idle; nil when no time passed.
func (t cpuTime) since(before cpuTime) *float64 {
	span := t.total - before.total
	if span <= 0 {
		return nil
	}
	return ratio(span-(t.idle-before.idle), span)
}

// memory fills in what is used of the physical memory.
func memory(out *bundles.Sample, total, available uint64) {
	if total > 0 {
		out.Memory = ratio(float64(total-min(available, total)), float64(total))
		out.Available = &available
	}
}

// ratio is part of whole, between 0 and 1 where it can be, with six digits. A
// commit charge may exceed its limit.
func ratio(part, whole float64) *float64 {
	r := math.Round(max(part, 0)/whole*1e6) / 1e6
	return &r
}

func (s *Sampler) processes(ctx context.Context, out *bundles.Sample, elapsed float64) {
	now := map[int32]use{}
	list := s.procs.read(ctx)
	for _, u := range list {
		now[u.pid] = u
		if old, ok := s.uses[u.pid]; ok && old.start == u.start && elapsed > 0 {
			if out.ProcessCPU == nil {
				out.ProcessCPU = map[string]float64{}
			}
			out.ProcessCPU[u.name] += *ratio(u.cpuSeconds-old.cpuSeconds, elapsed*s.cpus)
		}
	}
	s.uses = now
	s.chosen = choose(s.chosen, list)
	for name, pid := range s.chosen {
		if io := now[pid].io; io != nil {
			if out.ProcessIO == nil {
				out.ProcessIO = map[string]bundles.ProcessIO{}
			}
			out.ProcessIO[name] = *io
		}
	}
}

// choose takes one process of each name, whose counters the samples have: the
// one of before while it lives, else the oldest.
func choose(before map[string]int32, list []use) map[string]int32 {
	best := map[string]use{}
	for _, u := range list {
		have, ok := best[u.name]
		switch {
		case ok && have.pid == before[u.name]:
		case !ok, u.pid == before[u.name], u.start < have.start, u.start == have.start && u.pid < have.pid:
			best[u.name] = u
		}
	}
	out := make(map[string]int32, len(best))
	for name, u := range best {
		out[name] = u.pid
	}
	return out
}

// collector reads the collector's own load.
func (s *Sampler) collector(ctx context.Context, out *bundles.Sample, elapsed float64) {
	spent, rss, ok := self(ctx)
	if ok && s.haveSelf && elapsed > 0 {
		out.Collector = &bundles.CollectorLoad{CPU: *ratio(spent-s.selfCPU, elapsed*s.cpus), RSS: rss}
	}
	s.selfCPU, s.haveSelf = spent, ok
}
