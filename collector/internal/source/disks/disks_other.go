//go:build !linux && !windows

package disks

import (
	"context"
	"errors"
)

func volumes(context.Context) ([]volume, error) { return nil, errors.ErrUnsupported }

func statfs(string) (usage, error) { return usage{}, errors.ErrUnsupported }
