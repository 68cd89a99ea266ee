package analyzer

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// resident tells how much memory a process has. Its file stays open: the
// looks at workers are a quarter of what a parent does.
type resident struct{ statm *os.File }

// residentOf is for a process that runs. One whose size cannot be had has none.
func residentOf(pid int) resident {
	f, err := os.Open(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return resident{}
	}
	return resident{f}
}

// bytes is the size; ok is false when it cannot be read, because the process has
// ended or the system does not say.
func (r resident) bytes() (n int64, ok bool) {
	if r.statm == nil {
		return 0, false
	}
	var raw [256]byte
	read, err := unix.Pread(int(r.statm.Fd()), raw[:], 0)
	if err != nil {
		return 0, false
	}
	pages, ok := parseStatm(raw[:read])
	return pages * int64(os.Getpagesize()), ok
}

func (r resident) close() {
	if r.statm != nil {
		r.statm.Close()
	}
}
