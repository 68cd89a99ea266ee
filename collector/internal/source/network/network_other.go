//go:build !linux && !windows

package network

import (
	"context"
	"errors"

	"github.com/asrdiag/asrdiag/bundles"
)

func routing(context.Context, *bundles.Network) error { return errors.ErrUnsupported }

func team(string) string { return "" }
