//go:build !linux

package simulator

import "errors"

// ErrVolume means that no volume of a size of its own can be had.
var ErrVolume = errors.New("mount a volume")

func mount(string, string) (func() error, error) { return nil, ErrVolume }
