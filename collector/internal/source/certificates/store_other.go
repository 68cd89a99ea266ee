//go:build !windows

package certificates

import "errors"

// hasStores says that this system has certificate stores.
const hasStores = false

func stored(string) ([]Stored, error) { return nil, errors.ErrUnsupported }
