package priority

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// thread is the kernel's id of a thread.
type thread int

func current() thread { return thread(unix.Gettid()) }

// I/O priorities of ioprio_set(2): a class in the upper bits, a level below it.
const (
	whoProcess  = 1 // a single thread, by its id
	classShift  = 13
	ioIdle      = 3 << classShift
	ioLow       = 2<<classShift | 7
	ioNormal    = 2<<classShift | 4
	niceLowest  = 10
	niceLow     = 5
	niceDefault = 0
)

// set changes one thread. Nobody but root may step up the CPU's share again.
func set(t thread, l level) error {
	nice, io := niceLowest, ioIdle
	switch l {
	case low:
		nice, io = niceLow, ioLow
	case normal:
		nice, io = niceDefault, ioNormal
	}
	err := unix.Setpriority(unix.PRIO_PROCESS, int(t), nice)
	_, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, whoProcess, uintptr(t), uintptr(io))
	if errno != 0 {
		err = errors.Join(err, fmt.Errorf("set the I/O priority: %w", errno))
	}
	return err
}
