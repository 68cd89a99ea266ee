package host

import (
	"context"
	"os"
	"runtime"
	"testing"
)

func TestParseKeys(t *testing.T) {
	got := ParseKeys("NAME=\"Debian GNU/Linux\"\n# PRETTY_NAME=no\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n")
	if got["PRETTY_NAME"] != "Debian GNU/Linux 12 (bookworm)" || got["ID"] != "debian" || len(got) != 3 {
		t.Errorf("ParseKeys = %v", got)
	}
}

func TestCPUModel(t *testing.T) {
	if got := CPUModel("processor\t: 0\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.60GHz\n"); got != "Intel(R) Xeon(R) CPU @ 2.60GHz" {
		t.Errorf("CPUModel = %q", got)
	}
}

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
