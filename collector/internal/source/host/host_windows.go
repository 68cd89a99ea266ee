package host

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// LogicalCPUs is the number of logical processors of the machine; 0 when it is
// not known.
func LogicalCPUs() int {
	return int(windows.GetActiveProcessorCount(windows.ALL_PROCESSOR_GROUPS))
}

func readPlatform(_ context.Context, h *bundles.HostFact) {
	if h.Arch == "amd64" {
		h.Arch = "x86_64"
	}
	v := windows.RtlGetVersion()
	h.Kernel = fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	p := product{kernel: h.Kernel, build: v.BuildNumber}
	if k, err := open(`SOFTWARE\Microsoft\Windows NT\CurrentVersion`); err == nil {
		defer k.Close()
		p.name, p.release = text(k, "ProductName"), number(k, "UBR")
		h.InstallationType = text(k, "InstallationType")
	}
	h.OSVersion = p.version()
	if k, err := open(`HARDWARE\DESCRIPTION\System\CentralProcessor\0`); err == nil {
		defer k.Close()
		h.CPUModel = text(k, "ProcessorNameString")
	}
	h.Virtualization = Virtualization(signs())
	readMemory(h)
	if k, err := open(`SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management`); err == nil {
		defer k.Close()
		if files, _, err := k.GetStringsValue("PagingFiles"); err == nil {
			managed := pagesManaged(files)
			h.PageFileManaged = &managed
		}
	}
}

// readMemory reads memory and the time of the last boot, in whole seconds.
func readMemory(h *bundles.HostFact) {
	boot := time.Now().Add(-windows.DurationSinceBoot()).UTC().Truncate(time.Second)
	h.BootTime = &boot
	if m, err := ntinfo.ReadMemory(); err == nil {
		h.MemoryBytes, h.CommitLimit = m.Physical, m.CommitLimit
		h.SwapBytes = max(m.CommitLimit, m.Physical) - m.Physical
	}
}

// signs reads the firmware's table, or what the registry keeps of it.
func signs() Signs {
	const rawSMBIOS = 'R'<<24 | 'S'<<16 | 'M'<<8 | 'B'
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemFirmwareTable")
	buf := make([]byte, 64<<10)
	n, _, _ := call.Call(rawSMBIOS, 0, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	s := signsOf(buf[:min(int(n), len(buf))])
	if k, err := open(`HARDWARE\DESCRIPTION\System\BIOS`); err == nil && s.Vendor == "" {
		defer k.Close()
		s.Vendor, s.Product = text(k, "SystemManufacturer"), text(k, "SystemProductName")
	}
	return s
}

func open(path string) (registry.Key, error) {
	return registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
}

func text(k registry.Key, name string) string {
	s, _, _ := k.GetStringValue(name)
	return s
}

func number(k registry.Key, name string) uint32 {
	n, _, _ := k.GetIntegerValue(name)
	return uint32(n)
}
