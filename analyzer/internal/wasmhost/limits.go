package wasmhost

import (
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Wall is how long an instance may take on this machine. The caller's process
// keeps the clock, see Request.Instance.
func Wall(l packfile.Limits) time.Duration {
	return time.Duration(l.Effective().WallSeconds) * time.Second * Slowdown
}

// bytesText writes a number of bytes in the largest unit that divides it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
