package analyzer

import (
	"bytes"
	"strconv"
)

// parseStatm reads the number of resident pages, the second number of
// /proc/PID/statm.
func parseStatm(raw []byte) (pages int64, ok bool) {
	fields := bytes.Fields(raw)
	if len(fields) < 2 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return n, err == nil && n >= 0
}
