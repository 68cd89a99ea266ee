package logs

import "golang.org/x/sys/unix"

const (
	openFlags  = unix.O_NONBLOCK
	quietFlags = unix.O_NOATIME
)
