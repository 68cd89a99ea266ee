package host

import (
	"context"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

func bootTime(context.Context) (time.Time, error) { return procfs.Root("/proc").Boot() }
