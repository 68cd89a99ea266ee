package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/asrdiag/asrdiag/bundles"
)

const (
	systemdName  = "org.freedesktop.systemd1"
	systemdPath  = dbus.ObjectPath("/org/freedesktop/systemd1")
	managerIface = "org.freedesktop.systemd1.Manager"
	unitIface    = "org.freedesktop.systemd1.Unit"
	serviceIface = "org.freedesktop.systemd1.Service"
)

type systemd struct {
	opt  Options
	conn *dbus.Conn
	mgr  dbus.BusObject
	// files is the state of every unit file; read once, it does not change often.
	files map[string]string
}

// unit is a row of ListUnits.
type unit struct {
	Name, Description, Load, Active, Sub, Follow string
	Path                                         dbus.ObjectPath
	JobID                                        uint32
	JobType                                      string
	JobPath                                      dbus.ObjectPath
}

// Open connects to systemd on the system bus. It fails with ErrNoManager where
// there is none. Only sockets of this machine are used: an address of another
// kind could start a program.
func Open(ctx context.Context, opt Options) (Manager, error) {
	addr := opt.Bus
	if addr == "" {
		addr = busAddress()
	}
	path, ok := strings.CutPrefix(addr, "unix:")
	if !ok || strings.Contains(addr, ";") {
		return nil, fmt.Errorf("bus address %q: only unix: sockets are used", addr)
	}
	if file, ok := strings.CutPrefix(path, "path="); ok {
		file, _, _ = strings.Cut(file, ",")
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("%w: the system bus is not there: %v", ErrNoManager, err)
		}
	}
	conn, err := connect(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to the system bus: %w", err)
	}
	s := &systemd{opt: opt, conn: conn, mgr: conn.Object(systemdName, systemdPath)}
	if err := s.present(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// connect waits for a bus that does not answer until ctx ends, and no longer.
func connect(ctx context.Context, addr string) (*dbus.Conn, error) {
	type answer struct {
		conn *dbus.Conn
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		conn, err := dbus.Connect(addr, dbus.WithContext(context.WithoutCancel(ctx)))
		if ctx.Err() != nil && err == nil {
			_ = conn.Close() // too late
		}
		done <- answer{conn, err}
	}()
	select {
	case a := <-done:
		return a.conn, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func busAddress() string {
	if addr := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS"); addr != "" {
		return addr
	}
	return "unix:path=/var/run/dbus/system_bus_socket"
}

// present asks the bus whether systemd is on it, so that nothing is started by
// asking systemd itself.
func (s *systemd) present(ctx context.Context) error {
	var has bool
	if err := s.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, systemdName).Store(&has); err != nil {
		return fmt.Errorf("ask the system bus: %w", err)
	}
	if !has {
		return fmt.Errorf("%w: systemd is not on the system bus", ErrNoManager)
	}
	return nil
}

func (s *systemd) Name() string { return "systemd" }

func (s *systemd) Close() error { return s.conn.Close() }

func (s *systemd) Read(ctx context.Context) ([]bundles.Service, error) {
	units, err := s.units(ctx)
	if err != nil {
		return nil, err
	}
	first := s.files == nil
	if first {
		if err := s.readFiles(ctx); err != nil {
			return nil, err
		}
	}
	var out []bundles.Service
	for _, name := range s.wanted(units) {
		u, loaded := units[name]
		out = append(out, s.service(ctx, name, u, loaded))
	}
	return out, ctx.Err()
}

// units lists the units that are loaded, by name.
func (s *systemd) units(ctx context.Context) (map[string]unit, error) {
	var rows []unit
	if err := s.mgr.CallWithContext(ctx, managerIface+".ListUnits", dbus.FlagNoAutoStart).Store(&rows); err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	out := make(map[string]unit, len(rows))
	for _, u := range rows {
		out[u.Name] = u
	}
	return out, nil
}

func (s *systemd) readFiles(ctx context.Context) error {
	var rows []struct{ Path, State string }
	if err := s.mgr.CallWithContext(ctx, managerIface+".ListUnitFiles", dbus.FlagNoAutoStart).Store(&rows); err != nil {
		return fmt.Errorf("list unit files: %w", err)
	}
	s.files = make(map[string]string, len(rows))
	for _, r := range rows {
		s.files[r.Path[strings.LastIndexByte(r.Path, '/')+1:]] = r.State
	}
	return nil
}

// wanted lists the names to report: those of the profile, and with "*" every
// service that is loaded or installed.
func (s *systemd) wanted(units map[string]unit) []string {
	set := map[string]bool{}
	for _, n := range s.opt.named() {
		set[unitName(n)] = true
	}
	if s.opt.all() {
		for n, u := range units {
			if strings.HasSuffix(n, ".service") && u.Load != "not-found" {
				set[n] = true
			}
		}
		for n := range s.files {
			if strings.HasSuffix(n, ".service") && !strings.Contains(n, "@.") {
				set[n] = true
			}
		}
	}
	out := make([]string, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// service reads one unit. One that is installed but not loaded is stopped.
func (s *systemd) service(ctx context.Context, name string, u unit, loaded bool) bundles.Service {
	state, installed := s.files[name]
	out := bundles.Service{Name: name, StartType: StartType(state)}
	switch {
	case !loaded && !installed, loaded && u.Load == "not-found" && !installed:
		return bundles.Service{Name: name, State: bundles.StateNotInstalled}
	case !loaded:
		out.State = bundles.StateStopped
		out.Raw = map[string]string{"unit_file_state": state}
		return out
	}
	out.DisplayName = u.Description
	out.State = State(u.Load, u.Active, u.Sub)
	out.Raw = map[string]string{"load_state": u.Load, "active_state": u.Active, "sub_state": u.Sub}
	if state != "" {
		out.Raw["unit_file_state"] = state
	}
	if err := s.details(ctx, u.Path, &out); err != nil {
		return bundles.Service{Name: name, Error: err.Error()}
	}
	return out
}

// details adds what only the unit's own properties tell.
func (s *systemd) details(ctx context.Context, path dbus.ObjectPath, out *bundles.Service) error {
	obj := s.conn.Object(systemdName, path)
	var unitProps, svc map[string]dbus.Variant
	if err := obj.CallWithContext(ctx, "org.freedesktop.DBus.Properties.GetAll", dbus.FlagNoAutoStart, unitIface).Store(&unitProps); err != nil {
		return fmt.Errorf("read unit properties: %w", err)
	}
	if us := property[uint64](unitProps, "StateChangeTimestamp"); us > 0 {
		t := time.UnixMicro(int64(us)).UTC()
		out.Since = &t
	}
	if us := property[string](unitProps, "UnitFileState"); us != "" {
		out.Raw["unit_file_state"], out.StartType = us, StartType(us)
	}
	out.Path = property[string](unitProps, "FragmentPath")
	if !strings.HasSuffix(out.Name, ".service") {
		return nil
	}
	if err := obj.CallWithContext(ctx, "org.freedesktop.DBus.Properties.GetAll", dbus.FlagNoAutoStart, serviceIface).Store(&svc); err != nil {
		return fmt.Errorf("read service properties: %w", err)
	}
	out.PID = int32(property[uint32](svc, "MainPID"))
	out.Account = property[string](svc, "User")
	if r := property[string](svc, "Result"); r != "" {
		out.Raw["result"] = r
	}
	if property[uint64](svc, "ExecMainExitTimestamp") > 0 && out.PID == 0 {
		code := int64(property[int32](svc, "ExecMainStatus"))
		out.ExitCode = &code
	}
	return nil
}

// property takes one value; the zero value when it is missing or of another type.
func property[T any](props map[string]dbus.Variant, name string) T {
	v, _ := props[name].Value().(T)
	return v
}

// unitName completes the name of a unit.
func unitName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return name + ".service"
}
