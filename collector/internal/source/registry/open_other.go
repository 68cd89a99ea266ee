//go:build !windows

package registry

import "errors"

// Open fails: there is no registry here.
func Open(string) (Key, error) { return nil, errors.ErrUnsupported }
