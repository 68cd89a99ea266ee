package analyzer

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// confine bounds the address space of this process, forbids core dumps, which
// would hold the customer's data, and ties its life to that of its parent. To
// the kernel the parent is the thread that started this process; the Go runtime
// ends a thread only with a goroutine that is locked to it, and the parent locks
// none. Where this does not hold, the end of stdin ends the worker (see serve).
func confine(addressSpace uint64) error {
	for _, l := range []struct {
		name     string
		resource int
		value    uint64
	}{
		{"address space", unix.RLIMIT_AS, addressSpace},
		{"core dumps", unix.RLIMIT_CORE, 0},
	} {
		if err := lower(l.resource, l.value); err != nil {
			return fmt.Errorf("limit %s: %w", l.name, err)
		}
	}
	return unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// lower sets a limit for good, unless it is lower already.
func lower(resource int, value uint64) error {
	var have unix.Rlimit
	if err := unix.Getrlimit(resource, &have); err != nil {
		return err
	}
	value = min(value, have.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value})
}
