package cmd

import (
	"slices"
	"strings"
	"testing"
)

// TestNoWMI: the Windows collector asks the system itself. Windows Management
// Instrumentation starts a server, takes seconds and is what breaks first.
func TestNoWMI(t *testing.T) {
	deps := strings.Fields(goList(t, "windows/amd64", "-deps", "./asrcollect"))
	for _, pkg := range []string{"github.com/yusufpapurcu/wmi", "github.com/go-ole/go-ole", "github.com/shirou/gopsutil/v3/process"} {
		if slices.Contains(deps, pkg) {
			t.Errorf("asrcollect.exe links %s", pkg)
		}
	}
}
