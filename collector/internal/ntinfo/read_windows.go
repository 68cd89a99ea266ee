package ntinfo

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Snapshot lists all processes of the machine as they are now.
func Snapshot() (list []Process, ready int, err error) {
	size := uint32(256 << 10)
	for range 8 { // processes come while the buffer is made
		buf := make([]byte, size)
		err := windows.NtQuerySystemInformation(windows.SystemProcessInformation, unsafe.Pointer(&buf[0]), uint32(len(buf)), &size)
		if err == nil {
			return Parse(buf[:min(int(size), len(buf))], uint64(uintptr(unsafe.Pointer(&buf[0]))))
		}
		if !errors.Is(err, windows.STATUS_INFO_LENGTH_MISMATCH) {
			return nil, 0, fmt.Errorf("list processes: %w", err)
		}
		size = max(size, uint32(len(buf))) + 64<<10
	}
	return nil, 0, errors.New("list processes: there are always more than fit")
}
