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
	addr, stop, err := Run(program.Path(t, Program), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// Program is what Run needs.
const Program = "dbus-daemon"

// Socket is the name of the bus in the folder that Run is given.
const Socket = "system_bus_socket"

// Run runs dbus-daemon, whose file is exe, with its socket in dir, until stop is
// called.
func Run(exe, dir string) (addr string, stop func(), err error) {
	conf, socket := filepath.Join(dir, "bus.conf"), filepath.Join(dir, Socket)
	if err := os.WriteFile(conf, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		return "", nil, err
	}
	cmd := exec.Command(exe, "--config-file="+conf, "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		stop()
		return "", nil, fmt.Errorf("dbus-daemon printed %q: %w", line, err)
	}
	return "unix:path=" + socket, stop, nil
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
	leave, err := s.Answer(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(leave)
	return leave
}

// Answer answers as systemd on the bus at addr until leave is called.
func (s *Systemd) Answer(addr string) (leave func(), err error) {
	conn, err := dbus.Connect(addr)
	if err != nil {
		return nil, err
	}
	leave = func() { _ = conn.Close() }
	if err := s.export(conn); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (s *Systemd) export(conn *dbus.Conn) error {
	if err := conn.Export(s, root, manager); err != nil {
		return err
	}
	for path, props := range s.Props {
		if err := conn.Export(object(props), dbus.ObjectPath(path), allProps); err != nil {
			return err
		}
	}
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = fmt.Errorf("claim the name of systemd: reply %v", reply)
	}
	return err
}
