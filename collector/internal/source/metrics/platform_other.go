//go:build !linux && !windows

package metrics

import (
	"context"

	"github.com/asrdiag/asrdiag/bundles"
)

func platform(context.Context, *bundles.Sample) {}
