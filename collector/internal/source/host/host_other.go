//go:build !linux && !windows

package host

import (
	"context"

	"github.com/asrdiag/asrdiag/bundles"
)

func readPlatform(context.Context, *bundles.HostFact) {}
