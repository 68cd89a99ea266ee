package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/cmd/wine"
)

// Programs are the Windows programs that a machine needs, as files of this
// system.
type Programs struct{ Collector, Actor string }

// folder is the simulator's own, on the simulated machine.
const folder = `C:\simulator`

// answering are the places of programs that asrcollect may start.
var answering = []string{
	`C:\windows\system32\w32tm.exe`, `C:\windows\system32\netsh.exe`, `C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe`,
}

// Machine is an incident arranged in a prefix. Its ports are open and its
// services run until Close.
type Machine struct {
	Incident *Incident
	Prefix   *wine.Prefix
	Now      time.Time // when it was arranged
	Vars     Vars
	Zone     *time.Location
	servers  *Servers
	logs     []piece
	undo     []func() error // mounted volumes
}

// Seed of everything that is drawn: the same incident at the same time has the
// same logs.
const seed = 4711

// Arrange makes the machine of an incident in dir, out of a prefix whose server
// does not run.
func Arrange(ctx context.Context, in *Incident, template *wine.Prefix, dir string, programs Programs) (m *Machine, err error) {
	prefix, err := template.Clone(dir)
	if err != nil {
		return nil, err
	}
	m = &Machine{Incident: in, Prefix: prefix, Now: time.Now().Truncate(time.Millisecond), Vars: Vars{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if err := m.setVars(); err != nil {
		return m, err
	}
	for _, step := range []func() error{m.drives, m.files, m.writeLogs, m.registry, func() error { return m.programs(programs) }} {
		if err := step(); err != nil {
			return m, err
		}
	}
	if err := prefix.Start(ctx); err != nil {
		return m, err
	}
	out, err := m.run(ctx, folder+`\actor.exe`, "ready")
	if err != nil && out == nil {
		return m, err
	}
	if err != nil {
		return m, fmt.Errorf("start services: %w\n%s", err, out.stderr)
	}
	return m, nil
}

// Close ends the machine's processes and closes its ports.
func (m *Machine) Close() error {
	err := m.Prefix.Stop()
	if m.servers != nil {
		m.servers.Close()
	}
	for _, undo := range m.undo {
		err = errors.Join(err, undo())
	}
	return err
}

// setVars opens the ports and puts the variables together.
func (m *Machine) setVars() (err error) {
	if m.servers, err = Listen(m.Incident.Ports, m.Now); err != nil {
		return err
	}
	for _, vars := range []map[string]string{m.servers.Vars, m.Incident.Set} {
		for name, value := range vars {
			m.Vars[name] = value
		}
	}
	m.Vars["now"] = m.Now.UTC().Format(time.RFC3339)
	zone := m.Vars["zone"]
	if m.Zone, err = time.LoadLocation(zone); err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	m.Prefix.Env = append(m.Prefix.Env, "TZ="+zone)
	return nil
}

func (m *Machine) disk() disk { return disk{m.Prefix.Dir} }

// drives gives the machine a drive E: and takes the rest of this system away
// from it.
func (m *Machine) drives() error {
	dir := filepath.Join(m.Prefix.Dir, "drive_e")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if size := m.Vars["cache-volume"]; size != "" {
		undo, err := mount(dir, size)
		if err != nil {
			return err
		}
		m.undo = append(m.undo, undo)
	}
	devices := filepath.Join(m.Prefix.Dir, "dosdevices")
	return errors.Join(os.Remove(filepath.Join(devices, "z:")), os.Symlink("../drive_e", filepath.Join(devices, "e:")))
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

func (m *Machine) registry() error {
	keys := m.Incident.Registry
	for _, s := range m.Incident.Services {
		keys = append(keys, s.key())
	}
	texts, err := registryFiles(keys, m.Now, m.Vars)
	if err != nil {
		return err
	}
	texts["user.reg"] = overrides
	for name, text := range texts {
		if err := add(filepath.Join(m.Prefix.Dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// overrides make Wine start the simulator's programs in the place of its own.
const overrides = "\n[Software\\\\Wine\\\\DllOverrides] 1700000000\n\"netsh.exe\"=\"native\"\n\"powershell.exe\"=\"native\"\n"

func add(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// programs puts asrcollect and the actor in all its parts into their places,
// with what it has to do.
func (m *Machine) programs(p Programs) error {
	paths := map[string]string{`C:\asrcollect\asrcollect.exe`: p.Collector, folder + `\actor.exe`: p.Actor}
	for _, s := range m.Incident.Services {
		paths[m.Vars.Expand(s.image())] = p.Actor
	}
	for _, a := range m.Incident.Actions {
		if a.Verb == starts {
			exe, _, _ := strings.Cut(m.Vars.Expand(a.Object), ".exe")
			paths[exe+".exe"] = p.Actor
		}
	}
	for _, path := range answering {
		paths[path] = p.Actor
	}
	for path, from := range paths { // copies: Wine takes the name of a link's other end
		raw, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := m.disk().put(path, raw, m.Now.Add(-defaultAge)); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(m.instructions())
	if err != nil {
		return err
	}
	return m.disk().put(folder+`\instructions.json`, raw, m.Now)
}

// act is one action as the actor reads it.
type act struct{ Verb, Object string }

// instructions are what the actor reads; see its package.
func (m *Machine) instructions() any {
	actions := map[string][]act{}
	for _, a := range m.Incident.Actions {
		name := strings.ToLower(a.Service)
		actions[name] = append(actions[name], act{a.Verb, m.Vars.Expand(a.Object)})
	}
	var running, stopped []string
	for _, s := range m.Incident.Services {
		name := strings.ToLower(s.Name)
		switch {
		case s.State == "running":
			running = append(running, s.Name)
		case strings.HasPrefix(s.Start, "automatic"):
			stopped = append(stopped, s.Name)
			if !ends(actions[name]) {
				actions[name] = []act{{exits, "0"}}
			}
		}
	}
	answers := []Answer{}
	for _, a := range m.Incident.Answers {
		a.Output = m.Vars.Expand(a.Output)
		answers = append(answers, a)
	}
	return map[string]any{"Host": m.Vars["host"], "Running": running, "Stopped": stopped, "Actions": actions, "Answers": answers}
}

func ends(list []act) bool {
	for _, a := range list {
		if a.Verb == exits {
			return true
		}
	}
	return false
}
