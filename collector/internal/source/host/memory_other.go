//go:build !windows

package host

import (
	"context"
	"time"

	gohost "github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"

	"github.com/asrdiag/asrdiag/bundles"
)

// readMemory reads memory and the time of the last boot.
func readMemory(ctx context.Context, h *bundles.HostFact) {
	if boot, err := gohost.BootTimeWithContext(ctx); err == nil && boot > 0 {
		t := time.Unix(int64(boot), 0).UTC()
		h.BootTime = &t
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		h.MemoryBytes, h.SwapBytes, h.CommitLimit = m.Total, m.SwapTotal, m.CommitLimit
	}
}
