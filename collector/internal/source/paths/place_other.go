//go:build !linux && !windows

package paths

import (
	"errors"
	"path/filepath"
)

// BehindLinks is where a path leads, all links in it resolved.
func BehindLinks(path string) (string, error) { return filepath.EvalSymlinks(path) }

func volumeOf(string) (string, error) { return "", errors.ErrUnsupported }
