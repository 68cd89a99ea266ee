//go:build !linux && !windows

package logs

import "syscall"

const (
	openFlags  = syscall.O_NONBLOCK
	quietFlags = 0
)
