package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/bustest"
)

func recordedUnits() *bustest.Systemd {
	v := dbus.MakeVariant
	props := func(state string, since uint64, svc map[string]dbus.Variant) map[string]map[string]dbus.Variant {
		return map[string]map[string]dbus.Variant{unitIface: {"UnitFileState": v(state), "StateChangeTimestamp": v(since), "FragmentPath": v("/usr/lib/systemd/system/x.service")}, serviceIface: svc}
	}
	r := &bustest.Systemd{
		Units: []bustest.Unit{
			bustest.NewUnit("vxagent.service", "Vx agent", "loaded", "active", "exited"),
			bustest.NewUnit("uarespawnd.service", "Respawn", "loaded", "failed", "failed"),
			bustest.NewUnit("chronyd.service", "chronyd.service", "not-found", "inactive", "dead"),
			bustest.NewUnit("sshd.service", "OpenSSH server", "loaded", "active", "running"),
			bustest.NewUnit("dev-sda.device", "disk", "loaded", "active", "plugged"),
		},
		Files: []bustest.UnitFile{
			{Path: "/etc/systemd/system/vxagent.service", State: "enabled"},
			{Path: "/usr/lib/systemd/system/uarespawnd.service", State: "disabled"},
			{Path: "/usr/lib/systemd/system/sshd.service", State: "enabled"},
			{Path: "/usr/lib/systemd/system/ntpd.service", State: "masked"},
			{Path: "/usr/lib/systemd/system/getty@.service", State: "enabled"},
		},
	}
	since := uint64(time.Date(2026, 3, 1, 9, 30, 0, 250_000_000, time.UTC).UnixMicro())
	r.Props = map[string]map[string]map[string]dbus.Variant{
		string(r.Units[0].Path): props("enabled", since, map[string]dbus.Variant{"MainPID": v(uint32(0)), "ExecMainStatus": v(int32(0)), "ExecMainExitTimestamp": v(since), "Result": v("success")}),
		string(r.Units[1].Path): props("disabled", since, map[string]dbus.Variant{"MainPID": v(uint32(0)), "ExecMainStatus": v(int32(203)), "ExecMainExitTimestamp": v(since), "Result": v("exit-code")}),
		string(r.Units[3].Path): props("enabled", since, map[string]dbus.Variant{"MainPID": v(uint32(812)), "ExecMainStatus": v(int32(0)), "ExecMainExitTimestamp": v(uint64(0)), "Result": v("success"), "User": v("root")}),
	}
	return r
}

func readAll(t *testing.T, addr string, names ...string) map[string]bundles.Service {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	m, err := Open(ctx, Options{Names: names, Bus: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	list, err := m.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bundles.Service{}
	for _, s := range list {
		out[s.Name] = s
	}
	return out
}

// TestReader reads recorded units over a real bus daemon.
func TestReader(t *testing.T) {
	addr := bustest.Start(t)
	bustest.Claim(t, addr, recordedUnits())
	got := readAll(t, addr, "vxagent", "uarespawnd", "chronyd", "ntpd", "nonesuch")
	if len(got) != 5 {
		t.Fatalf("read %d services, want the 5 that were named: %v", len(got), got)
	}
	vx := got["vxagent.service"]
	if vx.State != bundles.StateExited || vx.StartType != bundles.StartAutomatic || vx.Raw["sub_state"] != "exited" || vx.Raw["unit_file_state"] != "enabled" ||
		vx.ExitCode == nil || *vx.ExitCode != 0 || vx.Since == nil || vx.Since.Format(time.RFC3339Nano) != "2026-03-01T09:30:00.25Z" || vx.DisplayName != "Vx agent" {
		t.Errorf("vxagent = %+v", vx)
	}
	if u := got["uarespawnd.service"]; u.State != bundles.StateFailed || u.StartType != bundles.StartManual || u.ExitCode == nil || *u.ExitCode != 203 || u.Raw["result"] != "exit-code" {
		t.Errorf("uarespawnd = %+v", u)
	}
	if n := got["ntpd.service"]; n.State != bundles.StateStopped || n.StartType != bundles.StartDisabled {
		t.Errorf("a masked unit that is not loaded = %+v", n)
	}
	for _, name := range []string{"chronyd.service", "nonesuch.service"} {
		if got[name].State != bundles.StateNotInstalled {
			t.Errorf("%s = %+v, want not_installed", name, got[name])
		}
	}
}

func TestReaderAll(t *testing.T) {
	addr := bustest.Start(t)
	bustest.Claim(t, addr, recordedUnits())
	got := readAll(t, addr, "*")
	if len(got) != 4 || got["sshd.service"].PID != 812 || got["sshd.service"].Account != "root" || got["sshd.service"].ExitCode != nil {
		t.Errorf("all services = %v", got)
	}
}

func TestReaderHangs(t *testing.T) {
	addr := bustest.Start(t)
	r := recordedUnits()
	r.Hang = make(chan struct{})
	defer close(r.Hang)
	bustest.Claim(t, addr, r)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	m, err := Open(ctx, Options{Names: []string{"a"}, Bus: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a manager that hangs gives %v, want the context's error", err)
	}
}

// TestBusHangs has a bus that takes connections and says nothing.
func TestBusHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, Options{Bus: "unix:path=" + path}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a bus that says nothing gives %v, want the context's error", err)
	}
}

func TestOpenWithout(t *testing.T) {
	ctx := context.Background()
	if _, err := Open(ctx, Options{Bus: bustest.Start(t)}); !errors.Is(err, ErrNoManager) {
		t.Errorf("a bus without systemd gives %v, want ErrNoManager", err)
	}
	if _, err := Open(ctx, Options{Bus: "unix:path=" + t.TempDir() + "/none"}); !errors.Is(err, ErrNoManager) {
		t.Errorf("no bus gives %v, want ErrNoManager", err)
	}
	for _, addr := range []string{"unixexec:path=/bin/true", "tcp:host=127.0.0.1,port=1", "autolaunch:"} {
		if _, err := Open(ctx, Options{Bus: addr}); err == nil || errors.Is(err, ErrNoManager) {
			t.Errorf("Open(%q) = %v, want it refused", addr, err)
		}
	}
}

// TestThisMachine compares with systemctl where systemd runs.
func TestThisMachine(t *testing.T) {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		t.Skip("skipped: systemd does not run here; TestReader asks a real bus daemon with recorded units, where one is installed")
	}
	for _, name := range []string{"dbus.service", "systemd-journald.service", "nonesuch.service"} {
		out, _ := exec.Command("systemctl", "show", "-p", "LoadState,ActiveState,SubState,MainPID", name).Output()
		want := map[string]string{}
		for l := range strings.Lines(string(out)) {
			k, v, _ := strings.Cut(strings.TrimSpace(l), "=")
			want[k] = v
		}
		got := readAll(t, "", name)[name]
		if got.State != State(want["LoadState"], want["ActiveState"], want["SubState"]) || got.PID != 0 && fmt.Sprint(got.PID) != want["MainPID"] {
			t.Errorf("%s = %+v, systemctl says %v", name, got, want)
		}
	}
}
