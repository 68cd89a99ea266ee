package analyzer

import (
	"fmt"
	"os"
)

// residentBytes is how much memory a process has; ok is false when that cannot
// be read, because it has ended or the system does not say.
func residentBytes(pid int) (n int64, ok bool) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, false
	}
	pages, ok := parseStatm(raw)
	return pages * int64(os.Getpagesize()), ok
}
