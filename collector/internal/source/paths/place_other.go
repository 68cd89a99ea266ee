//go:build !linux && !windows

package paths

import (
	"errors"
	"path/filepath"
)

func behindLinks(path string) (string, error) { return filepath.EvalSymlinks(path) }

func volumeOf(string) (string, error) { return "", errors.ErrUnsupported }
