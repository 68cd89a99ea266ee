//go:build !linux && !windows

package host

import (
	"context"
	"runtime"

	"github.com/asrdiag/asrdiag/bundles"
)

// LogicalCPUs is the number of logical processors of the machine.
func LogicalCPUs() int { return runtime.NumCPU() }

func readPlatform(ctx context.Context, h *bundles.HostFact) { readMemory(ctx, h) }
