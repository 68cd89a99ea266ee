package analyzer

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// pidSpace names the namespace in which this process has its number; empty when
// that is not known.
func pidSpace() string {
	link, err := os.Readlink("/proc/self/ns/pid") // pid:[4026531836]
	if err != nil {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(link, "pid:"), "[]")
}

// gone reports whether there is surely no process of that number.
func gone(pid int) bool { return errors.Is(unix.Kill(pid, 0), unix.ESRCH) }
