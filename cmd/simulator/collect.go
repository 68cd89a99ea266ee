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
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/cmd/wine"
)

// runTime is how long one program may run in the prefix.
const runTime = 4 * time.Minute

// output is what a program has printed.
type output struct {
	stdout, stderr []byte
	code           int
}

// run runs a Windows program in the machine. An exit code that is not 0 is an
// error. Its output goes to files: the first program starts the services, which
// would keep pipes open.
func (m *Machine) run(ctx context.Context, exe string, args ...string) (out *output, err error) {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	cmd := m.Prefix.Command(ctx, wine.Program, append([]string{exe}, args...)...)
	cmd.Dir = m.Prefix.DriveC()
	paths := [2]string{filepath.Join(m.Prefix.Dir, "stdout"), filepath.Join(m.Prefix.Dir, "stderr")}
	for i, stream := range []*io.Writer{&cmd.Stdout, &cmd.Stderr} {
		f, err := os.Create(paths[i])
		if err != nil {
			return nil, err
		}
		defer f.Close()
		*stream = f
	}
	out = &output{}
	if err = cmd.Start(); err == nil {
		err = m.wait(cmd)
	}
	if cmd.ProcessState != nil {
		out.code = cmd.ProcessState.ExitCode()
	}
	var read [2]error
	out.stdout, read[0] = os.ReadFile(paths[0])
	out.stderr, read[1] = os.ReadFile(paths[1])
	return out, errors.Join(err, read[0], read[1])
}

// wait waits for a program. asrcollect gets its Ctrl-C meanwhile.
func (m *Machine) wait(cmd *exec.Cmd) error {
	if d := m.Incident.Run.Interrupt; d > 0 && strings.Contains(strings.Join(cmd.Args, " "), "--duration") {
		timer := time.AfterFunc(d, func() { _ = cmd.Process.Signal(os.Interrupt) }) // it may have ended
		defer timer.Stop()
	}
	return cmd.Wait()
}

// Collection is what came of one run of asrcollect.
type Collection struct {
	Path   string // of the bundle
	Code   int
	Stderr string
}

// Collect runs asrcollect with the profile for a window and moves its bundle to
// dest.
func (m *Machine) Collect(ctx context.Context, window time.Duration, dest string) (Collection, error) {
	profile, err := m.profile(ctx)
	if err != nil {
		return Collection{}, err
	}
	if err := m.disk().put(folder+`\profile.json`, profile, m.Now); err != nil {
		return Collection{}, err
	}
	bundleDir, err := m.disk().unix(`C:\bundle`)
	if err != nil {
		return Collection{}, err
	}
	if err := os.MkdirAll(bundleDir, 0o755); err != nil {
		return Collection{}, err
	}
	args := []string{
		"--profile", folder + `\profile.json`, "--duration", window.String(), "--interval", "2s", "--out", `C:\bundle`,
		"--min-free", "1MiB", "--case", "CASE-4711", "--quiet",
	}
	for _, a := range m.Incident.Run.Args {
		args = append(args, m.Vars.Expand(a))
	}
	out, err := m.run(ctx, `C:\asrcollect\asrcollect.exe`, args...)
	if err != nil && out == nil {
		return Collection{}, err
	}
	c := Collection{Code: out.code, Stderr: string(out.stderr)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return c, fmt.Errorf("run asrcollect: %w\n%s", err, c.Stderr)
	}
	found, err := filepath.Glob(filepath.Join(bundleDir, "*.zip"))
	if err != nil || len(found) != 1 {
		return c, fmt.Errorf("asrcollect left %d bundles, exit code %d\n%s", len(found), c.Code, c.Stderr)
	}
	c.Path = dest
	return c, move(found[0], dest)
}

// move copies a file, because the two may be on different volumes.
func move(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), os.Remove(from))
}

// profile is the one that asrcollect has built in, with servers of loopback in
// the place of those on the internet: time servers, and targets that are
// literal. 127.0.0.1 becomes the machine's own part of loopback.
func (m *Machine) profile(ctx context.Context) ([]byte, error) {
	name := m.Vars["profile"]
	out, err := m.run(ctx, `C:\asrcollect\asrcollect.exe`, "profiles", name)
	if err != nil && out == nil {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the profile %s: %w\n%s", name, err, out.stderr)
	}
	return localProfile(out.stdout, m.Vars)
}

func localProfile(raw []byte, vars Vars) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	if t, ok := doc["time"].(map[string]any); ok {
		delete(t, "sntp")
		t["https"] = list(vars.Expand(vars["time-servers"]))
	}
	probes, _ := doc["probes"].([]any)
	for _, p := range probes {
		item, _ := p.(map[string]any)
		target, _ := item["target"].(string)
		switch local := strings.TrimPrefix(target, "127.0.0.1:"); {
		case local != target:
			item["target"] = vars["net"] + ".1:" + local
		case target != "" && !strings.Contains(target, "${"):
			item["target"] = vars.Expand(vars["internet"])
		}
	}
	return json.MarshalIndent(doc, "", " ")
}

func list(text string) []string { return append([]string{}, strings.Fields(text)...) }
