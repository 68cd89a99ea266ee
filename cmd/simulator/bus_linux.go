package simulator

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/asrdiag/asrdiag/collector/bustest"
)

// bus is the message bus of a machine with Linux, on which systemd is asked for
// services.
type bus struct {
	dir, addr string
	ends      []func()
}

func newBus() (*bus, error) {
	exe, err := exec.LookPath(bustest.Program)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNamespace, err)
	}
	dir, err := os.MkdirTemp("", "bus-") // the path of a socket has to be short
	if err != nil {
		return nil, err
	}
	b := &bus{dir: dir, ends: []func(){func() { _ = os.RemoveAll(dir) }}}
	addr, stop, err := bustest.Run(exe, dir)
	if err != nil {
		b.close()
		return nil, err
	}
	b.addr, b.ends = addr, append(b.ends, stop)
	return b, nil
}

func (b *bus) close() {
	for i := range b.ends {
		b.ends[len(b.ends)-1-i]()
	}
}

// unitStates are what systemd calls the states of services.
var unitStates = map[string][2]string{"running": {"active", "running"}, "exited": {"active", "exited"}, "stopped": {"inactive", "dead"}, "failed": {"failed", "failed"}}

// unitStarts are what systemd calls the ways to start a service.
var unitStarts = map[string]string{"automatic": "enabled", "manual": "static", "disabled": "disabled"}

// answer has systemd on the bus, with the services of the machine.
func (b *bus) answer(m *Machine, pids map[string]int) error {
	s := &bustest.Systemd{Props: map[string]map[string]map[string]dbus.Variant{}}
	for _, service := range m.Incident.Services {
		name := service.Name + ".service"
		state := unitStates[service.State]
		u := bustest.NewUnit(name, service.Display, "loaded", state[0], state[1])
		s.Units = append(s.Units, u)
		file, start := "/usr/lib/systemd/system/"+name, unitStarts[service.Start]
		s.Files = append(s.Files, bustest.UnitFile{Path: file, State: start})
		since := uint64(m.Now.Add(-defaultAge).UnixMicro())
		s.Props[string(u.Path)] = map[string]map[string]dbus.Variant{
			"org.freedesktop.systemd1.Unit": {
				"UnitFileState": dbus.MakeVariant(start), "FragmentPath": dbus.MakeVariant(file), "StateChangeTimestamp": dbus.MakeVariant(since),
			},
			"org.freedesktop.systemd1.Service": unitService(service, uint32(pids[service.Name]), since),
		}
	}
	leave, err := s.Answer(b.addr)
	if err == nil {
		b.ends = append(b.ends, leave)
	}
	return err
}

func unitService(s Service, pid uint32, since uint64) map[string]dbus.Variant {
	result, code, ended := "success", int32(0), uint64(0)
	if s.State == "failed" {
		result, code = "exit-code", 1
	}
	if s.State == "failed" || s.State == "exited" {
		ended = since
	}
	user := strings.TrimPrefix(s.Account, "LocalSystem")
	return map[string]dbus.Variant{
		"MainPID": dbus.MakeVariant(pid), "User": dbus.MakeVariant(user), "Result": dbus.MakeVariant(result),
		"ExecMainStatus": dbus.MakeVariant(code), "ExecMainExitTimestamp": dbus.MakeVariant(ended),
	}
}
