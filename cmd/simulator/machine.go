package simulator

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/asrdiag/asrdiag/cmd/wine"
)

// Programs are the programs that machines need, as files of this system.
type Programs struct {
	Collector, Actor           string // for Windows
	LinuxCollector, LinuxActor string
}

// system is what a machine runs on: Windows in a prefix of Wine, Linux in
// namespaces of this system, or nothing when only its files are wanted.
type system interface {
	// disk is where the machine's files are placed.
	disk() disk
	// furnish puts into place what only this kind of system has. The machine's
	// files and logs are there already.
	furnish(m *Machine, p Programs) error
	// start brings the services into their states.
	start(ctx context.Context, m *Machine) error
	// profile asks asrcollect for one of its profiles.
	profile(ctx context.Context, name string) (*output, error)
	// collect runs asrcollect once for each list of arguments, side by side. The
	// outputs are in their order.
	collect(ctx context.Context, m *Machine, lists [][]string) ([]*output, error)
	// places are the machine's paths for the profile and the bundle.
	places() (profile, bundle string)
	// stop ends the machine's processes, and no others.
	stop() error
}

// Machine is an incident arranged. Its ports are open and its services run until
// Close.
type Machine struct {
	Incident *Incident
	Now      time.Time // when it was arranged
	Vars     Vars
	Zone     *time.Location
	system   system
	servers  *Servers
	logs     []piece
	undo     []func() error // mounted volumes
}

// Seed of everything that is drawn: the same incident at the same time has the
// same logs.
const seed = 4711

// Arrange makes the machine of an incident in dir, which must not be there.
// Windows is cloned out of a prefix whose server does not run. The network and the
// certificates are those of a former machine of the same case, which is closed;
// nil: its own.
func Arrange(ctx context.Context, in *Incident, former *Machine, template *wine.Prefix, dir string, programs Programs) (m *Machine, err error) {
	m = &Machine{Incident: in, Now: time.Now().Truncate(time.Millisecond), Vars: Vars{}}
	if m.system, err = newSystem(in, template, dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if err := m.setVars(former); err != nil {
		return m, err
	}
	for _, step := range []func() error{
		m.volume, m.files, m.writeLogs,
		func() error { return m.system.furnish(m, programs) },
		func() error { return m.system.start(ctx, m) },
	} {
		if err := step(); err != nil {
			return m, err
		}
	}
	return m, nil
}

func newSystem(in *Incident, template *wine.Prefix, dir string) (system, error) {
	switch {
	case len(in.Run.Raw) > 0:
		return newFilesOnly(dir)
	case in.linux():
		return newNamespace(dir)
	}
	return newPrefix(template, dir)
}

// Close ends the machine's processes and closes its ports.
func (m *Machine) Close() error {
	err := m.system.stop()
	if m.servers != nil {
		m.servers.Close()
	}
	for _, undo := range m.undo {
		err = errors.Join(err, undo())
	}
	return err
}

// setVars opens the ports and puts the variables together.
func (m *Machine) setVars(former *Machine) (err error) {
	var before *Servers
	if former != nil {
		before = former.servers
	}
	if m.servers, err = Listen(m.Incident.Ports, before, m.Now); err != nil {
		return err
	}
	if err := m.servers.makeStored(m.Incident.Store, m.Now); err != nil {
		return err
	}
	for _, vars := range []map[string]string{m.servers.Vars, m.Incident.Set} {
		for name, value := range vars {
			m.Vars[name] = value
		}
	}
	m.Vars["now"] = m.Now.UTC().Format(time.RFC3339)
	if m.Zone, err = time.LoadLocation(m.Vars["zone"]); err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	m.Vars["clock"] = m.Now.In(m.Zone).Format("2006-Jan-02 15:04:05") // as cxps and its client write it
	return nil
}

func (m *Machine) disk() disk { return m.system.disk() }

// volume gives the drive E: a size of its own.
func (m *Machine) volume() error {
	size := m.Vars["cache-volume"]
	if size == "" {
		return nil
	}
	dir, err := m.disk().at(`E:\cache`)
	if err != nil {
		return err
	}
	undo, err := mount(filepath.Dir(dir), size)
	if err == nil {
		m.undo = append(m.undo, undo)
	}
	return err
}

func (m *Machine) files() error { return m.disk().placeAll(m.Incident.Files, m.Now, m.Vars) }

func (m *Machine) writeLogs() error {
	for _, g := range m.Incident.Logs {
		list, err := g.pieces(m.Now, m.Zone, m.Vars, seed)
		if err != nil {
			return fmt.Errorf("log %s: %w", g.Name, err)
		}
		for _, p := range list {
			if err := m.disk().put(p.path, p.data, p.last); err != nil {
				return fmt.Errorf("log %s: %w", g.Name, err)
			}
		}
		m.logs = append(m.logs, list...)
	}
	return nil
}
