//go:build !linux && !windows

package disks

import "errors"

func volumeOf(string) (string, error) { return "", errors.ErrUnsupported }
