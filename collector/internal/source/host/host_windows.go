package host

import (
	"context"
	"fmt"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/asrdiag/asrdiag/bundles"
)

// LogicalCPUs is the number of logical processors of the machine; 0 when it is
// not known. gopsutil's count would bring all of WMI into the program.
func LogicalCPUs() int {
	return int(windows.GetActiveProcessorCount(windows.ALL_PROCESSOR_GROUPS))
}

func readPlatform(_ context.Context, h *bundles.HostFact) {
	if h.Arch == "amd64" {
		h.Arch = "x86_64"
	}
	v := windows.RtlGetVersion()
	h.Kernel = fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	h.OSVersion = "Windows " + h.Kernel
	if k, err := open(`SOFTWARE\Microsoft\Windows NT\CurrentVersion`); err == nil {
		defer k.Close()
		if name := text(k, "ProductName"); name != "" {
			h.OSVersion = name + " " + h.Kernel
		}
		if ubr, _, err := k.GetIntegerValue("UBR"); err == nil {
			h.OSVersion = fmt.Sprintf("%s.%d", h.OSVersion, ubr)
		}
		h.InstallationType = text(k, "InstallationType")
	}
	if k, err := open(`HARDWARE\DESCRIPTION\System\CentralProcessor\0`); err == nil {
		defer k.Close()
		h.CPUModel = text(k, "ProcessorNameString")
	}
	var s Signs
	if k, err := open(`HARDWARE\DESCRIPTION\System\BIOS`); err == nil {
		defer k.Close()
		s.Vendor, s.Product = text(k, "SystemManufacturer"), text(k, "SystemProductName")
	}
	h.Virtualization = Virtualization(s)
}

func open(path string) (registry.Key, error) {
	return registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
}

func text(k registry.Key, name string) string {
	s, _, _ := k.GetStringValue(name)
	return s
}
