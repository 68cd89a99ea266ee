package cmd

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/collector/bustest"
	"github.com/godbus/dbus/v5"
)

// A machine whose time service was stopped is told so: from systemd's answers
// on a real bus, through asrcollect and its bundle, to asrdiag's finding.
func TestStoppedTimeService(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requirePacks(t, root)
	dir := t.TempDir()
	build(t, root, dir, "linux", "asrcollect")
	build(t, root, dir, "linux", "asrdiag")

	for active, want := range map[string]bool{"inactive": true, "active": false} {
		bus := bustest.Start(t)
		bustest.Claim(t, bus, chrony(active))
		bundle := collect(t, dir, bus)
		got := findings(t, dir, bundle, "asr-source-machine/time-sync")
		if told := strings.Contains(got, "chrony.service is stopped"); told != want {
			t.Errorf("chrony %s: told that it is stopped: %v, want %v\n%s", active, told, want, got)
		}
	}
}

// chrony is systemd with a time service that was installed and enabled.
func chrony(active string) *bustest.Systemd {
	sub := map[string]string{"active": "running", "inactive": "dead"}[active]
	unit := bustest.NewUnit("chrony.service", "chrony, an NTP client/server", "loaded", active, sub)
	return &bustest.Systemd{
		Units: []bustest.Unit{unit},
		Files: []bustest.UnitFile{{Path: "/usr/lib/systemd/system/chrony.service", State: "enabled"}},
		Props: map[string]map[string]map[string]dbus.Variant{string(unit.Path): {
			"org.freedesktop.systemd1.Unit":    {"UnitFileState": dbus.MakeVariant("enabled")},
			"org.freedesktop.systemd1.Service": {"MainPID": dbus.MakeVariant(uint32(0))},
		}},
	}
}

func collect(t *testing.T, dir, bus string) string {
	t.Helper()
	cmd := exec.Command("./asrcollect", "--duration", "2s", "--interval", "1s", "--out", ".", "--no-probes", "--quiet")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+bus, "ASRCOLLECT_LOCK=asrcollect-"+filepath.Base(dir))
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
		t.Fatalf("asrcollect: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// findings gives the titles of one check's findings, a line each.
func findings(t *testing.T, dir, bundle, check string) string {
	t.Helper()
	out, _ := runNative(t, dir, "./asrdiag", "analyze", "--format", "json", "--role", "source-machine", bundle)
	var r report.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("report: %v\n%s", err, out)
	}
	var titles []string
	for _, c := range r.Checks {
		if c.ID != check {
			continue
		}
		for _, f := range c.Findings {
			titles = append(titles, f.Title)
		}
		return strings.Join(append(titles, string(c.Outcome)+": "+c.Reason), "\n")
	}
	t.Fatalf("the report has no check %s", check)
	return ""
}
