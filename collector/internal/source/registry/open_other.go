//go:build !windows

package registry

import "errors"

func open(string) (Key, error) { return nil, errors.ErrUnsupported }
