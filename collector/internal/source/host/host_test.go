package host

import (
	"context"
	"os"
	"runtime"
	"testing"
)

func TestVirtualization(t *testing.T) {
	for _, c := range []struct {
		in   Signs
		want string
	}{
		{Signs{}, ""},
		{Signs{Vendor: "VMware, Inc.", HypervisorFlag: true}, "vmware"},
		{Signs{Vendor: "Microsoft Corporation", Product: "Virtual Machine"}, "hyperv"},
		{Signs{Vendor: "Microsoft Corporation", Product: "Virtual Machine", AssetTag: azureTag}, "azure"},
		{Signs{Vendor: "Microsoft Corporation", Product: "Surface"}, ""},
		{Signs{Vendor: "QEMU", Docker: true}, "docker"},
		{Signs{Vendor: "QEMU", HypervisorFlag: true}, "kvm"},
		{Signs{HypervisorFlag: true}, "unknown-hypervisor"},
	} {
		if got := Virtualization(c.in); got != c.want {
			t.Errorf("Virtualization(%+v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestReadThisMachine(t *testing.T) {
	h := Read(context.Background())
	name, err := os.Hostname()
	if err != nil || h.Name != name || h.OS != runtime.GOOS {
		t.Errorf("host %q on %s, want %q on %s", h.Name, h.OS, name, runtime.GOOS)
	}
	if h.LogicalCPUs < 1 || h.MemoryBytes < 1<<20 || h.BootTime == nil || h.BootTime.After(h.Taken) || h.OSVersion == "" {
		t.Errorf("host fact lacks something: %+v", h)
	}
}
