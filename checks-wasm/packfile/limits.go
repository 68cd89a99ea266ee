package packfile

import (
	"fmt"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Limits of one run of a module. A zero member means the ABI's limit. A pack
// may ask for less, or for up to twice the ABI's.
type Limits struct {
	Fuel        int64 `json:"fuel,omitempty"` // ticks
	WallSeconds int64 `json:"wall_seconds,omitempty"`
	MemoryBytes int64 `json:"memory_bytes,omitempty"`
	StdoutBytes int64 `json:"stdout_bytes,omitempty"`
	LineBytes   int64 `json:"line_bytes,omitempty"`
	StderrBytes int64 `json:"stderr_bytes,omitempty"` // kept of it
	Findings    int64 `json:"findings,omitempty"`
	OpenFiles   int64 `json:"open_files,omitempty"` // opened in all
}

// limitFactor is how much more than the ABI's limit a pack may ask for.
const limitFactor = 2

// DefaultLimits are the ABI's.
func DefaultLimits() Limits {
	return Limits{
		Fuel: abi.MaxFuel, WallSeconds: int64(abi.MaxWall.Seconds()), MemoryBytes: abi.MaxMemoryBytes,
		StdoutBytes: abi.MaxStdoutBytes, LineBytes: abi.MaxLineBytes, StderrBytes: abi.MaxStderrBytes,
		Findings: abi.MaxFindings, OpenFiles: abi.MaxOpenFiles,
	}
}

// Effective gives the limits that hold: what the pack asks for, else the ABI's.
// Limits that do not validate are clamped.
func (l Limits) Effective() Limits {
	defaults := DefaultLimits()
	want, base := l.members(), defaults.members()
	for i := range want {
		if v := *want[i].value; v > 0 {
			*base[i].value = min(v, limitFactor**base[i].value)
		}
	}
	return defaults
}

// Validate reports the first limit that is negative or above twice the ABI's.
func (l Limits) Validate() error {
	base := DefaultLimits()
	allowed := base.members()
	for i, m := range l.members() {
		if limit := limitFactor * *allowed[i].value; *m.value < 0 || *m.value > limit {
			return fmt.Errorf("limit %s is %d, allowed are 1 to %d, or 0 for %d", m.name, *m.value, limit, *allowed[i].value)
		}
	}
	return nil
}

// limit names one member.
type limit struct {
	name  string
	value *int64
}

func (l *Limits) members() []limit {
	return []limit{
		{"fuel", &l.Fuel},
		{"wall_seconds", &l.WallSeconds},
		{"memory_bytes", &l.MemoryBytes},
		{"stdout_bytes", &l.StdoutBytes},
		{"line_bytes", &l.LineBytes},
		{"stderr_bytes", &l.StderrBytes},
		{"findings", &l.Findings},
		{"open_files", &l.OpenFiles},
	}
}
