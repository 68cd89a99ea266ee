package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Places on a machine with Linux.
const (
	linuxCollector = "/opt/asrcollect/asrcollect"
	linuxFolder    = "/simulator"
)

// namespace is a machine with Linux: a tree of folders that is the root of its
// first process, which sees no other processes than its own. Its network is that
// of this system.
type namespace struct {
	dir      string // of this system; the root is below it
	programs Programs
	bus      *bus
	first    *exec.Cmd
	command  io.WriteCloser // what the first process waits for
}

// ErrNamespace means that no machine with Linux can be had, which takes the
// rights of root.
var ErrNamespace = errors.New("start a machine with Linux")

func newNamespace(dir string) (*namespace, error) {
	n := &namespace{dir: dir}
	return n, os.MkdirAll(n.root(), 0o755)
}

func (n *namespace) root() string { return filepath.Join(n.dir, "root") }

func (n *namespace) disk() disk { return disk{dir: n.root(), linux: true} }

func (n *namespace) places() (profile, bundle string) {
	return linuxFolder + "/profile.json", "/bundle"
}

// furnish puts asrcollect and the actor, under the names of services and of what
// they start, into their places.
func (n *namespace) furnish(m *Machine, programs Programs) (err error) {
	n.programs = programs
	paths := map[string]string{linuxCollector: programs.LinuxCollector, linuxFolder + "/actor": programs.LinuxActor}
	for _, s := range m.Incident.Services {
		paths[program(m.Vars.Expand(s.Path))] = programs.LinuxActor
	}
	for _, a := range m.Incident.Actions {
		if a.Verb == starts {
			paths[program(m.Vars.Expand(a.Object))] = programs.LinuxActor
		}
	}
	paths["/usr/share/zoneinfo/"+m.Vars["zone"]] = "/usr/share/zoneinfo/" + m.Vars["zone"]
	for path, from := range paths {
		raw, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := m.disk().put(path, raw, m.Now.Add(-defaultAge)); err != nil {
			return err
		}
	}
	return m.disk().place(File{Path: "/etc/localtime", Link: "/usr/share/zoneinfo/" + m.Vars["zone"]}, m.Now, nil)
}

// program is the file of a command line of Linux.
func program(line string) string {
	name, _, _ := strings.Cut(line, " ")
	return name
}

// start starts the first process, which starts the services, and then has a
// message bus tell of them what systemd would.
func (n *namespace) start(ctx context.Context, m *Machine) (err error) {
	if n.bus, err = newBus(); err != nil {
		return err
	}
	in := m.instructions()
	in["Linux"] = map[string]any{"Bus": n.bus.dir, "Units": m.commandLines(), "Once": m.withState("exited")}
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if err := m.disk().put(linuxFolder+"/instructions.json", raw, m.Now); err != nil {
		return err
	}
	pids, err := n.boot(ctx)
	if err != nil {
		return err
	}
	return n.bus.answer(m, pids)
}

func (m *Machine) commandLines() map[string]string {
	out := map[string]string{}
	for _, s := range m.Incident.Services {
		out[s.Name] = m.Vars.Expand(s.Path)
	}
	return out
}

func (m *Machine) withState(state string) (names []string) {
	for _, s := range m.Incident.Services {
		if s.State == state {
			names = append(names, s.Name)
		}
	}
	return names
}

// boot starts the first process and waits until its services run. Their process
// ids come back by name.
func (n *namespace) boot(ctx context.Context) (pids map[string]int, err error) {
	ready, readyIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ready.Close()
	commandOut, command, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, readyIn.Close())
	}
	cmd := exec.CommandContext(ctx, n.programs.LinuxActor, "init", n.root())
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", fmt.Sprintf("ASRCOLLECT_LOCK=asrcollect-%d-%s", os.Getpid(), filepath.Base(n.dir))} // with a number behind it
	cmd.ExtraFiles = []*os.File{readyIn, commandOut}
	cmd.SysProcAttr = ownNamespaces()
	n.first, n.command = cmd, command
	var errs *os.File
	if errs, err = n.streams(cmd); err == nil {
		err = cmd.Start()
	}
	err = errors.Join(err, readyIn.Close(), commandOut.Close())
	if err != nil {
		n.first = nil
		return nil, fmt.Errorf("%w: %v", ErrNamespace, err)
	}
	if err := json.NewDecoder(ready).Decode(&pids); err != nil {
		said, _ := os.ReadFile(errs.Name())
		return nil, fmt.Errorf("%w: %v\n%s", ErrNamespace, err, said)
	}
	return pids, nil
}

// streams gives the first process, and asrcollect after it, files for their
// output.
func (n *namespace) streams(cmd *exec.Cmd) (errs *os.File, err error) {
	out, err := os.Create(filepath.Join(n.dir, "stdout"))
	if err != nil {
		return nil, err
	}
	errs, err = os.Create(filepath.Join(n.dir, "stderr"))
	cmd.Stdout, cmd.Stderr = out, errs
	return errs, err
}

func (n *namespace) profile(ctx context.Context, name string) (*output, error) {
	cmd := exec.CommandContext(ctx, n.programs.LinuxCollector, "profiles", name)
	dir, err := os.MkdirTemp(n.dir, "profile-")
	if err != nil {
		return nil, err
	}
	return runInto(cmd, dir, nil)
}

func (n *namespace) collect(ctx context.Context, m *Machine, lists [][]string) ([]*output, error) {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = n.first.Process.Kill() })()
	var lines [][]string
	for _, args := range lists {
		lines = append(lines, append([]string{linuxCollector}, args...))
	}
	err := json.NewEncoder(n.command).Encode(lines)
	if err == nil {
		defer m.Incident.Run.disturb(n.first.Process)()
		err = n.first.Wait()
	}
	n.first = nil
	stdout, outErr := os.ReadFile(filepath.Join(n.dir, "stdout"))
	stderr, errErr := os.ReadFile(filepath.Join(n.dir, "stderr"))
	if err = errors.Join(err, outErr, errErr); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr)
	}
	ends := strings.Fields(string(stdout)) // the exit codes, behind all else
	if len(ends) < len(lists) {
		return nil, fmt.Errorf("%d exit codes\n%s", len(ends), stderr)
	}
	var outs []*output
	for _, end := range ends[len(ends)-len(lists):] {
		code, err := strconv.Atoi(end)
		if err != nil {
			return nil, err
		}
		outs = append(outs, &output{stdout: stdout, stderr: stderr, code: code})
	}
	return outs, nil
}

// stop ends the first process, and the kernel all others with it.
func (n *namespace) stop() error {
	if n.first != nil {
		_ = n.first.Process.Kill() // it may have ended
		_ = n.first.Wait()         // ended by force
	}
	if n.bus != nil {
		n.bus.close()
	}
	return nil
}
