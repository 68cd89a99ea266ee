package analyzer

import (
	"errors"

	"golang.org/x/sys/windows"
)

// pidSpace names the space of process numbers: there is one.
func pidSpace() string { return "0" }

// gone reports whether there is surely no process of that number.
func gone(pid int) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return errors.Is(err, windows.ERROR_INVALID_PARAMETER)
	}
	_ = windows.CloseHandle(h)
	return false
}
