//go:build linux

// Package bustest runs a real message bus on which a test answers for systemd,
// so that the reader of services is tried without a machine that runs systemd.
package bustest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

const (
	name      = "org.freedesktop.systemd1"
	root      = dbus.ObjectPath("/org/freedesktop/systemd1")
	manager   = "org.freedesktop.systemd1.Manager"
	allProps  = "org.freedesktop.DBus.Properties"
	unknown   = "org.freedesktop.DBus.Error.UnknownInterface"
	busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>`
)

// Start runs dbus-daemon on a private socket until the test ends and gives its
// address. Without the program the test is skipped, or fails when REQUIRE_ALL=1.
func Start(t *testing.T) string {
	t.Helper()
	exe := program.Path(t, "dbus-daemon")
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

// Unit is a row of ListUnits, in the order of its wire form.
type Unit struct {
	Name, Description, Load, Active, Sub, Following string
	Path                                            dbus.ObjectPath
	JobID                                           uint32
	JobType                                         string
	JobPath                                         dbus.ObjectPath
}

// NewUnit makes a row with the path that systemd gives to such a name.
func NewUnit(name, description, load, active, sub string) Unit {
	id := strings.NewReplacer(".", "_2e", "-", "_2d").Replace(name)
	return Unit{Name: name, Description: description, Load: load, Active: active, Sub: sub, Path: root + "/unit/" + dbus.ObjectPath(id), JobPath: "/"}
}

// UnitFile is a row of ListUnitFiles.
type UnitFile struct{ Path, State string }

// Systemd has the answers of a machine.
type Systemd struct {
	Units []Unit
	Files []UnitFile
	Props map[string]map[string]map[string]dbus.Variant // object, interface, name
	Hang  chan struct{}                                 // when set, ListUnits waits for it

	mu sync.Mutex // guards Units while the bus runs
}

// SetUnits changes the answer of ListUnits while the bus runs.
func (s *Systemd) SetUnits(units ...Unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Units = units
}

// ListUnits answers for the method of that name.
func (s *Systemd) ListUnits() ([]Unit, *dbus.Error) {
	if s.Hang != nil {
		<-s.Hang
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Units, nil
}

// ListUnitFiles answers for the method of that name.
func (s *Systemd) ListUnitFiles() ([]UnitFile, *dbus.Error) { return s.Files, nil }

// object answers for the properties of one unit.
type object map[string]map[string]dbus.Variant

// GetAll answers for the method of that name.
func (o object) GetAll(iface string) (map[string]dbus.Variant, *dbus.Error) {
	if props, ok := o[iface]; ok {
		return props, nil
	}
	return nil, dbus.NewError(unknown, []any{"no such interface"})
}

// Claim answers as systemd on the bus at addr until the test ends, or leave is
// called.
func Claim(t *testing.T, addr string, s *Systemd) (leave func()) {
	t.Helper()
	conn, err := dbus.Connect(addr)
	if err != nil {
		t.Fatal(err)
	}
	leave = func() { _ = conn.Close() }
	t.Cleanup(leave)
	if err := conn.Export(s, root, manager); err != nil {
		t.Fatal(err)
	}
	for path, props := range s.Props {
		if err := conn.Export(object(props), dbus.ObjectPath(path), allProps); err != nil {
			t.Fatal(err)
		}
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("claim the name of systemd: %v, %v", reply, err)
	}
	return leave
}
