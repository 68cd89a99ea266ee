package metrics

import (
	"context"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
)

// performanceInformation is PERFORMANCE_INFORMATION of psapi; sizes in pages.
type performanceInformation struct {
	cb                                                  uint32
	commitTotal, commitLimit, commitPeak                uintptr
	physicalTotal, physicalAvailable                    uintptr
	systemCache, kernelTotal, kernelPaged, kernelNonpag uintptr
	pageSize                                            uintptr
	handleCount, processCount, threadCount              uint32
}

// platform adds the commit charge, which is what the product's alerts measure.
func platform(_ context.Context, out *bundles.Sample) {
	var p performanceInformation
	p.cb = uint32(unsafe.Sizeof(p))
	call := windows.NewLazySystemDLL("psapi.dll").NewProc("GetPerformanceInfo")
	if ok, _, _ := call.Call(uintptr(unsafe.Pointer(&p)), uintptr(p.cb)); ok != 0 && p.commitLimit > 0 {
		out.Commit = ratio(float64(p.commitTotal), float64(p.commitLimit))
	}
}
