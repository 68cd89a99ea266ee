package hostcheck

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

const (
	// minLoadSpan must lie between two readings for a mean of what a process used.
	minLoadSpan = time.Minute
	// minLoadSeconds of CPU must a process have used for a mean since its start:
	// what it does as it starts says little.
	minLoadSeconds = 60.0
)

// confidenceShort is that of a mean over less than the alerts' 15 minutes.
const confidenceShort = "short window"

// ProcessLoad is what one process takes of the machine.
type ProcessLoad struct {
	bundles.Process
	// CPU is its mean share of all cores, 0..1; HasCPU says whether it is known.
	CPU    float64
	HasCPU bool
	// Over is the span of the mean: between two readings or, with SinceStart, the
	// life of the process.
	Over       time.Duration
	SinceStart bool
	// Memory is its share of the machine's memory, 0..1; 0 when not known.
	Memory float64
	at     string // pointer to its item, without the member
}

// ProcessInputs are what ProcessLoads reads.
func ProcessInputs() []abi.Input {
	return []abi.Input{check.OptionalFact("processes"), check.OptionalFact("host")}
}

// ProcessLoads lists the processes of the last reading, but for the collector's
// own, with what they take. The reason says what is not known of all of them.
func ProcessLoads(p *check.Pass) (list []ProcessLoad, reason string) {
	fact, err := check.Load[bundles.Processes](p, "processes")
	if err != nil {
		reason, ok := p.Missing("facts/**/processes.json")
		if ok {
			reason = "processes: the bundle has no reading"
		}
		return nil, reason
	}
	host, err := check.Load[bundles.HostFact](p, "host")
	if err != nil || host.LogicalCPUs == 0 || host.MemoryBytes == 0 {
		reason = "host: the number of processors or the size of memory was not read"
	}
	first := StartProcesses(p)
	if first == nil {
		first = &bundles.Processes{Taken: fact.Taken}
	}
	for i, proc := range fact.Items {
		if proc.Collector || proc.Error != "" {
			continue
		}
		l := ProcessLoad{Process: proc, at: check.Item(i, "")}
		if host.LogicalCPUs > 0 {
			l.mean(*first, fact.Taken, float64(host.LogicalCPUs))
		}
		if host.MemoryBytes > 0 {
			l.Memory = float64(proc.RSSBytes) / float64(host.MemoryBytes)
		}
		list = append(list, l)
	}
	return list, reason
}

// StartProcesses is the reading at the start of the collection; nil when it is the
// only one, or is not there.
func StartProcesses(p *check.Pass) *bundles.Processes {
	const start = "facts/start/processes.json"
	if p.Bundle.FactPath("processes") == start || !p.Bundle.Has(start) {
		return nil
	}
	raw, err := bundles.ReadLimited(p.Bundle.FS, start, bundles.MaxFactBytes)
	var fact bundles.Processes
	if err != nil || json.Unmarshal(raw, &fact) != nil {
		return nil
	}
	return &fact
}

// mean works out the share of all cores.
func (l *ProcessLoad) mean(first bundles.Processes, taken time.Time, cores float64) {
	span := taken.Sub(first.Taken)
	i := slices.IndexFunc(first.Items, func(was bundles.Process) bool { return sameProcess(was, l.Process) })
	switch {
	case i >= 0 && span >= minLoadSpan:
		l.Over, l.HasCPU = span, true
		l.CPU = (l.CPUSeconds - first.Items[i].CPUSeconds) / (span.Seconds() * cores)
	case len(first.Items) > 0 && span >= minLoadSpan && l.Started != nil && !l.Started.Before(first.Taken):
		l.Over, l.HasCPU = span, true // before it was started it used nothing
		l.CPU = l.CPUSeconds / (span.Seconds() * cores)
	case l.Started != nil && l.CPUSeconds >= minLoadSeconds && taken.After(*l.Started):
		l.Over, l.HasCPU, l.SinceStart = taken.Sub(*l.Started), true, true
		l.CPU = l.CPUSeconds / (l.Over.Seconds() * cores)
	}
	l.CPU = min(max(l.CPU, 0), 1)
}

func sameProcess(a, b bundles.Process) bool {
	return a.PID == b.PID && strings.EqualFold(a.Name, b.Name) && (a.Started == nil || b.Started == nil || a.Started.Equal(*b.Started))
}

// Words say over what the mean of the CPU was taken.
func (l ProcessLoad) Words() string {
	if l.SinceStart {
		return "since it started " + check.Span(l.Over) + " before"
	}
	return "over " + check.Span(l.Over) + " between two readings"
}

// Confidence of a finding from the mean of the CPU.
func (l ProcessLoad) Confidence() string {
	if l.Over < fullWindow-time.Minute {
		return confidenceShort
	}
	return ""
}

// CPUEvidence points to the CPU time that the process has used.
func (l ProcessLoad) CPUEvidence(p *check.Pass) abi.Evidence {
	return p.At("processes", l.at+"cpu_seconds", l.CPUSeconds)
}

// MemoryEvidence points to the memory that the process holds.
func (l ProcessLoad) MemoryEvidence(p *check.Pass) abi.Evidence {
	return p.At("processes", l.at+"rss_bytes", l.RSSBytes)
}

// ShareMeasure is the measure of a share of the machine that must not exceed a
// limit of our own. Over is zero for a single reading.
func ShareMeasure(metric string, value, limit float64, over time.Duration) *abi.Measure {
	m := abi.Measure{
		Metric: metric, Value: value, Op: ">", Limit: limit, Unit: "1", WindowSeconds: over.Seconds(),
		Method: "share of the machine, one reading", LimitSource: limitOurs,
	}
	if over > 0 {
		m.Method = "mean share of the machine"
	}
	return &m
}

// SampledCPU is the mean share of all cores that the samples have for a process.
type SampledCPU struct {
	Name string
	Mean float64
	Row  scan.SeriesRow
}

// SampledInput is what evidence of SampledLoads is read from.
func SampledInput() abi.Input { return check.May("metrics-optional", bundles.SamplesPath) }

// SampledLoads lists the processes of a series of their CPU that has enough samples
// for a mean. The collector samples those that its profile names.
func SampledLoads(p *check.Pass, series string) (list []SampledCPU) {
	for _, row := range p.Series(series).Rows {
		if row.Mean != nil && row.SpanSeconds >= (minLoadSpan-10*time.Second).Seconds() {
			list = append(list, SampledCPU{Name: row.Attributes["process"], Mean: *row.Mean, Row: row})
		}
	}
	return list
}

// Evidence points to the sample with the largest share.
func (s SampledCPU) Evidence(p *check.Pass) abi.Evidence {
	n := 0
	for sample, err := range p.Bundle.Samples() {
		if n++; err != nil || n == s.Row.Lines.Max {
			return check.Sample(s.Row.Lines.Max, map[string]any{bundles.MetricProcessCPU: sample.ProcessCPU})
		}
	}
	return check.Sample(s.Row.Lines.Max, nil)
}

// Over is the span of the samples.
func (s SampledCPU) Over() time.Duration { return check.Seconds(s.Row.SpanSeconds) }
