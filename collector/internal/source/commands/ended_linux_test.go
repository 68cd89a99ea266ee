package commands

import (
	"os"
	"strconv"
	"strings"
)

// ended reports whether a process is gone, or dead and not yet waited for.
func ended(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(raw), ") Z ")
}
