//go:build !linux && !windows

package priority

import "errors"

type thread struct{}

func current() thread { return thread{} }

func set(thread, level) error { return errors.ErrUnsupported }
