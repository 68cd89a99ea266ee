//go:build !linux

package simulator

import "errors"

func reserve(string) (string, func() error, error) { return "", nil, errors.ErrUnsupported }

func drop(string) (string, func() error, error) { return "", nil, errors.ErrUnsupported }
