package services

import (
	"bufio"
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
)

// busConfig lets everyone own and call everything; the socket is private.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>`

// startBus runs a real dbus-daemon on a socket of the test's own.
func startBus(t *testing.T) string {
	t.Helper()
	exe, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("dbus-daemon is not installed")
	}
	dir := t.TempDir()
	conf, socket := filepath.Join(dir, "bus.conf"), filepath.Join(dir, "bus")
	if err := os.WriteFile(conf, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "--config-file="+conf, "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("dbus-daemon printed %q: %v", line, err)
	}
	return "unix:path=" + socket
}

// recorded is systemd with units as a machine had them: what the methods
// answered there.
type recorded struct {
	units []unit
	files []struct{ Path, State string }
	props map[string]map[string]map[string]dbus.Variant // object, interface, name
	hang  chan struct{}                                 // when set, ListUnits waits for it
}

func (r *recorded) ListUnits() ([]unit, *dbus.Error) {
	if r.hang != nil {
		<-r.hang
	}
	return r.units, nil
}

func (r *recorded) ListUnitFiles() ([]struct{ Path, State string }, *dbus.Error) { return r.files, nil }

// unitObject answers for the properties of one unit.
type unitObject map[string]map[string]dbus.Variant

func (u unitObject) GetAll(iface string) (map[string]dbus.Variant, *dbus.Error) {
	if props, ok := u[iface]; ok {
		return props, nil
	}
	return nil, dbus.NewError("org.freedesktop.DBus.Error.UnknownInterface", []any{"no such interface"})
}

func claim(t *testing.T, addr string, r *recorded) {
	t.Helper()
	conn, err := dbus.Connect(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.Export(r, systemdPath, managerIface); err != nil {
		t.Fatal(err)
	}
	for path, props := range r.props {
		if err := conn.Export(unitObject(props), dbus.ObjectPath(path), "org.freedesktop.DBus.Properties"); err != nil {
			t.Fatal(err)
		}
	}
	if reply, err := conn.RequestName(systemdName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("claim the name of systemd: %v, %v", reply, err)
	}
}

func recordedUnits() *recorded {
	row := func(name, desc, load, active, sub string) unit {
		id := strings.NewReplacer(".", "_2e", "-", "_2d").Replace(name)
		return unit{Name: name, Description: desc, Load: load, Active: active, Sub: sub, Path: systemdPath + "/unit/" + dbus.ObjectPath(id), JobPath: "/"}
	}
	v := dbus.MakeVariant
	props := func(state string, since uint64, svc map[string]dbus.Variant) map[string]map[string]dbus.Variant {
		return map[string]map[string]dbus.Variant{unitIface: {"UnitFileState": v(state), "StateChangeTimestamp": v(since), "FragmentPath": v("/usr/lib/systemd/system/x.service")}, serviceIface: svc}
	}
	r := &recorded{
		units: []unit{
			row("vxagent.service", "Vx agent", "loaded", "active", "exited"),
			row("uarespawnd.service", "Respawn", "loaded", "failed", "failed"),
			row("chronyd.service", "chronyd.service", "not-found", "inactive", "dead"),
			row("sshd.service", "OpenSSH server", "loaded", "active", "running"),
			row("dev-sda.device", "disk", "loaded", "active", "plugged"),
		},
		files: []struct{ Path, State string }{{"/etc/systemd/system/vxagent.service", "enabled"}, {"/usr/lib/systemd/system/uarespawnd.service", "disabled"},
			{"/usr/lib/systemd/system/sshd.service", "enabled"}, {"/usr/lib/systemd/system/ntpd.service", "masked"}, {"/usr/lib/systemd/system/getty@.service", "enabled"}},
	}
	since := uint64(time.Date(2026, 3, 1, 9, 30, 0, 250_000_000, time.UTC).UnixMicro())
	r.props = map[string]map[string]map[string]dbus.Variant{
		string(r.units[0].Path): props("enabled", since, map[string]dbus.Variant{"MainPID": v(uint32(0)), "ExecMainStatus": v(int32(0)), "ExecMainExitTimestamp": v(since), "Result": v("success")}),
		string(r.units[1].Path): props("disabled", since, map[string]dbus.Variant{"MainPID": v(uint32(0)), "ExecMainStatus": v(int32(203)), "ExecMainExitTimestamp": v(since), "Result": v("exit-code")}),
		string(r.units[3].Path): props("enabled", since, map[string]dbus.Variant{"MainPID": v(uint32(812)), "ExecMainStatus": v(int32(0)), "ExecMainExitTimestamp": v(uint64(0)), "Result": v("success"), "User": v("root")}),
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
	addr := startBus(t)
	claim(t, addr, recordedUnits())
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
	addr := startBus(t)
	claim(t, addr, recordedUnits())
	got := readAll(t, addr, "*")
	if len(got) != 4 || got["sshd.service"].PID != 812 || got["sshd.service"].Account != "root" || got["sshd.service"].ExitCode != nil {
		t.Errorf("all services = %v", got)
	}
}

func TestReaderHangs(t *testing.T) {
	addr := startBus(t)
	r := recordedUnits()
	r.hang = make(chan struct{})
	defer close(r.hang)
	claim(t, addr, r)
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
	if _, err := Open(ctx, Options{Bus: startBus(t)}); !errors.Is(err, ErrNoManager) {
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
		t.Skip("systemd does not run here; TestReader asked a real bus daemon with recorded units")
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
