package metrics

import (
	"context"
	"net"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// readCPU reads the time of all cores together. That of the kernel has the idle
// time in it.
func readCPU(context.Context) (cpuTime, error) {
	var idle, kernel, user windows.Filetime
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemTimes")
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(&idle)), uintptr(unsafe.Pointer(&kernel)), uintptr(unsafe.Pointer(&user))); ok == 0 {
		return cpuTime{}, err
	}
	return cpuTime{total: seconds(kernel) + seconds(user), idle: seconds(idle)}, nil
}

func seconds(f windows.Filetime) float64 {
	return float64(uint64(f.HighDateTime)<<32|uint64(f.LowDateTime)) / 1e7
}

// readMemory adds physical memory and the commit charge, which is what the
// product's alerts measure.
func readMemory(_ context.Context, out *bundles.Sample) {
	m, err := ntinfo.ReadMemory()
	if err != nil {
		return
	}
	memory(out, m.Physical, m.Available)
	if m.CommitLimit > 0 {
		out.Commit = ratio(float64(m.Commit), float64(m.CommitLimit))
	}
}

func readNetwork(context.Context) map[string]bundles.NetworkIO {
	list, err := net.Interfaces()
	if err != nil {
		return nil
	}
	out := map[string]bundles.NetworkIO{}
	for _, n := range list {
		row := windows.MibIfRow2{InterfaceIndex: uint32(n.Index)}
		if n.Flags&net.FlagLoopback != 0 || windows.GetIfEntry2Ex(windows.MibIfEntryNormal, &row) != nil {
			continue
		}
		out[n.Name] = bundles.NetworkIO{Receive: row.InOctets, Transmit: row.OutOctets}
	}
	return out
}

// self reads the collector's own use.
func self(context.Context) (cpuSeconds float64, rss uint64, ok bool) {
	var create, exit, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &create, &exit, &kernel, &user); err != nil {
		return 0, 0, false
	}
	var m struct { // PROCESS_MEMORY_COUNTERS of psapi
		size, pageFaults           uint32
		peakWorkingSet, workingSet uintptr
		_                          [6]uintptr
	}
	m.size = uint32(unsafe.Sizeof(m))
	call := windows.NewLazySystemDLL("psapi.dll").NewProc("GetProcessMemoryInfo")
	good, _, _ := call.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&m)), uintptr(m.size))
	return seconds(kernel) + seconds(user), uint64(m.workingSet), good != 0
}
