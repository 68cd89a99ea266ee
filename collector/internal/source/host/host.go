// Package host reads what a machine is: name, system, processor, memory and
// what it is virtualized by.
package host

import (
	"context"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Read reads the facts about this machine; role and time zone are the caller's.
// What cannot be read is absent.
func Read(ctx context.Context) bundles.HostFact {
	h := bundles.HostFact{Taken: time.Now().UTC(), Arch: runtime.GOARCH, LogicalCPUs: LogicalCPUs()}
	h.OS, h.Role = runtime.GOOS, bundles.RoleUnknown
	h.Name, _ = os.Hostname()
	readPlatform(ctx, &h)
	return h
}

// Signs are what tells a virtual machine or container from a real one.
type Signs struct {
	Vendor, Product, AssetTag string // SMBIOS
	HypervisorFlag            bool   // of the processor
	Xen                       bool   // /sys/hypervisor/type
	Docker, Podman, Container bool   // marker files, or the variable container
}

// azureTag is the chassis asset tag that every Azure VM has.
const azureTag = "7783-7084-3265-9085-8269-3286-77"

// Virtualization names what a machine is virtualized by; empty when nothing
// says so. A container wins, because it is what the process sees.
func Virtualization(s Signs) string {
	vendor := strings.ToLower(s.Vendor + " " + s.Product)
	switch {
	case s.Docker:
		return "docker"
	case s.Podman:
		return "podman"
	case s.Container:
		return "container"
	case s.AssetTag == azureTag:
		return "azure"
	case strings.Contains(vendor, "vmware"):
		return "vmware"
	case strings.Contains(vendor, "microsoft") && strings.Contains(vendor, "virtual"):
		return "hyperv"
	case strings.Contains(vendor, "amazon"):
		return "aws"
	case strings.Contains(vendor, "google"):
		return "gcp"
	case strings.Contains(vendor, "virtualbox"), strings.Contains(vendor, "innotek"):
		return "virtualbox"
	case s.Xen, strings.Contains(vendor, "xen"):
		return "xen"
	case strings.Contains(vendor, "kvm"), strings.Contains(vendor, "qemu"):
		return "kvm"
	case s.HypervisorFlag:
		return "unknown-hypervisor"
	}
	return ""
}
