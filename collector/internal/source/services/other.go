//go:build !linux && !windows

package services

import "context"

// Open fails: no service manager of this system is known.
func Open(context.Context, Options) (Manager, error) { return nil, ErrNoManager }
