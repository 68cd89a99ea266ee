//go:build !linux && !windows

package single

import "errors"

// Lock stands for nothing on this system.
type Lock struct{}

// Release does nothing.
func (l *Lock) Release() {}

// Take has no lock to take.
func Take(string) (*Lock, error) { return &Lock{}, errors.ErrUnsupported }
