//go:build !windows

package host

import (
	"context"

	"github.com/shirou/gopsutil/v3/mem"

	"github.com/asrdiag/asrdiag/bundles"
)

// readMemory reads memory and the time of the last boot.
func readMemory(ctx context.Context, h *bundles.HostFact) {
	if t, err := bootTime(ctx); err == nil {
		h.BootTime = &t
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		h.MemoryBytes, h.SwapBytes, h.CommitLimit = m.Total, m.SwapTotal, m.CommitLimit
	}
}
