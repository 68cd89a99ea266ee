package bundles

import "time"

// Names of the metrics in metrics/samples.ndjson, after OpenTelemetry's
// semantic conventions. Ratios are 0..1; counters are cumulative.
const (
	MetricCPU        = "system.cpu.utilization"
	MetricMemory     = "system.memory.utilization"
	MetricCommit     = "system.memory.commit.utilization"
	MetricPaging     = "system.paging.operations"
	MetricFilesystem = "system.filesystem.utilization"
	MetricNetworkIO  = "system.network.io"
	MetricProcessCPU = "process.cpu.utilization"
	MetricProcessIO  = "process.disk.io"
	MetricQueue      = "system.processor.queue.length"
	MetricDiskQueue  = "system.disk.pending_operations"
)

// Sample is one line of metrics/samples.ndjson. An absent value is absent: it
// was not measured, and is never zero.
type Sample struct {
	T          time.Time            `json:"t"` // when it was really taken, UTC
	CPU        *float64             `json:"system.cpu.utilization,omitempty"`
	Memory     *float64             `json:"system.memory.utilization,omitempty"`
	Commit     *float64             `json:"system.memory.commit.utilization,omitempty"`
	Available  *uint64              `json:"system.memory.available,omitempty"`  // bytes
	Paging     *uint64              `json:"system.paging.operations,omitempty"` // cumulative hard page reads
	Filesystem map[string]float64   `json:"system.filesystem.utilization,omitempty"`
	Network    map[string]NetworkIO `json:"system.network.io,omitempty"`
	ProcessCPU map[string]float64   `json:"process.cpu.utilization,omitempty"` // of one core set: 1 is all cores busy
	ProcessIO  map[string]ProcessIO `json:"process.disk.io,omitempty"`
	Queue      *float64             `json:"system.processor.queue.length,omitempty"`
	DiskQueue  map[string]float64   `json:"system.disk.pending_operations,omitempty"` // by mount point, mean since the sample before
	// Collector is the collector's own load, so that checks can tell it apart.
	Collector *CollectorLoad `json:"asrcollect,omitempty"`
}

// NetworkIO counts bytes of one interface since boot.
type NetworkIO struct {
	Receive  uint64 `json:"receive"`
	Transmit uint64 `json:"transmit"`
}

// ProcessIO counts bytes of one watched process since it started.
type ProcessIO struct {
	PID   int32  `json:"pid"`
	Read  uint64 `json:"read"`
	Write uint64 `json:"write"`
	Other uint64 `json:"other,omitempty"`
}

// CollectorLoad is the collector's own share: CPU as a ratio of all cores
// since the sample before, resident bytes.
type CollectorLoad struct {
	CPU float64 `json:"cpu"`
	RSS uint64  `json:"rss"`
}
