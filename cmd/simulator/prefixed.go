package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/cmd/wine"
)

// folder is the simulator's own, on the simulated machine.
const folder = `C:\simulator`

// collectorExe is where asrcollect lies there.
const collectorExe = `C:\asrcollect\asrcollect.exe`

// answering are the places of programs that asrcollect may start.
var answering = []string{
	`C:\windows\system32\w32tm.exe`, `C:\windows\system32\netsh.exe`, `C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe`,
}

// prefixed is a machine in a prefix of Wine.
type prefixed struct{ prefix *wine.Prefix }

// newPrefix clones a prefix, gives it a drive E: and takes the rest of this
// system away from it.
func newPrefix(template *wine.Prefix, dir string) (*prefixed, error) {
	prefix, err := template.Clone(dir)
	if err != nil {
		return nil, err
	}
	return &prefixed{prefix}, errors.Join(os.Mkdir(filepath.Join(dir, "drive_e"), 0o755), os.Remove(filepath.Join(dir, "dosdevices", "z:")))
}

func (p *prefixed) disk() disk { return disk{dir: p.prefix.Dir} }

func (p *prefixed) places() (profile, bundle string) { return folder + `\profile.json`, `C:\bundle` }

func (p *prefixed) furnish(m *Machine, programs Programs) error {
	p.prefix.Env = append(p.prefix.Env, "TZ="+m.Vars["zone"])
	return errors.Join(p.registry(m), p.programs(m, programs), p.drives())
}

// drives gives the machine those that something was put on.
func (p *prefixed) drives() error {
	list, err := filepath.Glob(filepath.Join(p.prefix.Dir, "drive_?"))
	for _, dir := range list {
		name := filepath.Base(dir)
		err = errors.Join(err, link("../"+name, filepath.Join(p.prefix.Dir, "dosdevices", name[len("drive_"):]+":")))
	}
	return err
}

// link makes a symbolic link unless there is one.
func link(to, name string) error {
	if err := os.Symlink(to, name); !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

func (p *prefixed) start(ctx context.Context, _ *Machine) error {
	if err := p.prefix.Start(ctx); err != nil {
		return err
	}
	out, err := p.run(ctx, nil, folder+`\actor.exe`, "ready")
	if err != nil && out != nil {
		return fmt.Errorf("start services: %w\n%s", err, out.stderr)
	}
	return err
}

func (p *prefixed) stop() error { return p.prefix.Stop() }

func (p *prefixed) profile(ctx context.Context, name string) (*output, error) {
	return p.run(ctx, nil, collectorExe, "profiles", name)
}

func (p *prefixed) collect(ctx context.Context, m *Machine, lists [][]string) ([]*output, error) {
	outs, errs := make([]*output, len(lists)), make([]error, len(lists))
	var wg sync.WaitGroup
	for i, args := range lists {
		wg.Go(func() { outs[i], errs[i] = p.run(ctx, m.Incident.Run.disturb, collectorExe, args...) })
	}
	wg.Wait()
	return outs, errors.Join(errs...)
}

// run runs a Windows program in the machine. Its output goes to files: the first
// program starts the services, which would keep pipes open.
func (p *prefixed) run(ctx context.Context, while func(*os.Process) func(), exe string, args ...string) (*output, error) {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	cmd := p.prefix.Command(ctx, wine.Program, append([]string{exe}, args...)...)
	cmd.Dir = p.prefix.DriveC()
	dir, err := os.MkdirTemp(p.prefix.Dir, "run-")
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, "ASRCOLLECT_LOCK=asrcollect-"+filepath.Base(p.prefix.Dir)+filepath.Base(dir)) // several may run at a time
	return runInto(cmd, dir, while)
}

func (p *prefixed) registry(m *Machine) error {
	keys := append(m.servers.storeKeys(m.Incident.Store), m.Incident.Registry...)
	for _, s := range m.Incident.Services {
		keys = append(keys, s.key())
	}
	texts, err := registryFiles(keys, m.Now, m.Vars)
	if err != nil {
		return err
	}
	texts["user.reg"] = overrides
	for name, text := range texts {
		if err := add(filepath.Join(p.prefix.Dir, name), text); err != nil {
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
func (p *prefixed) programs(m *Machine, programs Programs) error {
	paths := map[string]string{collectorExe: programs.Collector, folder + `\actor.exe`: programs.Actor}
	for _, s := range m.Incident.Services {
		paths[m.Vars.Expand(s.image())] = programs.Actor
	}
	for _, a := range m.Incident.Actions {
		if a.Verb == starts {
			exe, _, _ := strings.Cut(m.Vars.Expand(a.Object), ".exe")
			paths[exe+".exe"] = programs.Actor
		}
	}
	for _, path := range answering {
		paths[path] = programs.Actor
	}
	if slices.ContainsFunc(m.Incident.Answers, func(a Answer) bool { return a.Program == "cxpsclient" }) {
		paths[m.Vars.Expand(`{agent}\cxpsclient.exe`)] = programs.Actor
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
