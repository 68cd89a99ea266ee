package host

import (
	"context"
	"os"
	"strings"

	"github.com/shirou/gopsutil/v3/cpu"
	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

// LogicalCPUs is the number of logical processors of the machine; 0 when it is
// not known.
func LogicalCPUs() int {
	n, err := cpu.Counts(true)
	if err != nil {
		return 0
	}
	return n
}

func readPlatform(ctx context.Context, h *bundles.HostFact) {
	readMemory(ctx, h)
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if raw, err := os.ReadFile(name); err == nil {
			h.OSVersion = procfs.ParseKeys(string(raw))["PRETTY_NAME"]
			break
		}
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		h.Kernel = unix.ByteSliceToString(u.Release[:])
		h.Arch = unix.ByteSliceToString(u.Machine[:])
	}
	info, _ := os.ReadFile("/proc/cpuinfo")
	h.CPUModel = procfs.CPUModel(string(info))
	h.Virtualization = Virtualization(signs(string(info)))
}

func signs(cpuinfo string) Signs {
	word := func(name string) string {
		raw, _ := os.ReadFile(name)
		return strings.TrimSpace(string(raw))
	}
	exists := func(name string) bool { _, err := os.Stat(name); return err == nil }
	const dmi = "/sys/class/dmi/id/"
	return Signs{
		Vendor: word(dmi + "sys_vendor"), Product: word(dmi + "product_name"), AssetTag: word(dmi + "chassis_asset_tag"),
		HypervisorFlag: strings.Contains(cpuinfo, " hypervisor"),
		Xen:            word("/sys/hypervisor/type") == "xen",
		Docker:         exists("/.dockerenv"), Podman: exists("/run/.containerenv"), Container: os.Getenv("container") != "",
	}
}
