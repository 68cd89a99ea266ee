package ntinfo

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Memory is what the machine has and has promised, in bytes.
type Memory struct {
	Commit, CommitLimit uint64 // physical memory and page files together
	Physical, Available uint64
}

// ReadMemory reads it.
func ReadMemory() (Memory, error) {
	var p struct { // PERFORMANCE_INFORMATION of psapi, in pages
		size                             uint32
		commit, limit, peak              uintptr
		physical, available, cache       uintptr
		kernel, kernelPaged, kernelOther uintptr
		page                             uintptr
		handles, processes, threads      uint32
	}
	p.size = uint32(unsafe.Sizeof(p))
	ok, _, err := windows.NewLazySystemDLL("psapi.dll").NewProc("GetPerformanceInfo").Call(uintptr(unsafe.Pointer(&p)), uintptr(p.size))
	if ok == 0 {
		return Memory{}, fmt.Errorf("memory: %w", err)
	}
	page := uint64(p.page)
	return Memory{uint64(p.commit) * page, uint64(p.limit) * page, uint64(p.physical) * page, uint64(p.available) * page}, nil
}
