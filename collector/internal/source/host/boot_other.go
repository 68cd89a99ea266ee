//go:build !linux && !windows

package host

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v3/host"
)

func bootTime(ctx context.Context) (time.Time, error) {
	sec, err := host.BootTimeWithContext(ctx)
	return time.Unix(int64(sec), 0).UTC(), err
}
