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
	"regexp/syntax"
	"strings"
	"time"
)

// runTime is how long one program may run in the prefix.
const runTime = 4 * time.Minute

// output is what a program has printed.
type output struct {
	stdout, stderr []byte
	code           int
}

// runInto runs a program with its output in files of a folder. An exit code that
// is not 0 is an error. While it runs, while does something to it until its
// function is called; nil: nothing.
func runInto(cmd *exec.Cmd, dir string, while func(*os.Process) func()) (out *output, err error) {
	paths := [2]string{filepath.Join(dir, "stdout"), filepath.Join(dir, "stderr")}
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
		if while != nil {
			defer while(cmd.Process)()
		}
		err = cmd.Wait()
	}
	if cmd.ProcessState != nil {
		out.code = cmd.ProcessState.ExitCode()
	}
	var read [2]error
	out.stdout, read[0] = os.ReadFile(paths[0])
	out.stderr, read[1] = os.ReadFile(paths[1])
	return out, errors.Join(err, read[0], read[1])
}

// Collection is what came of one run of asrcollect.
type Collection struct {
	Path   string // of the bundle
	Name   string // that asrcollect gave it
	Code   int
	Stderr string
}

// Collect runs asrcollect with the profile for a window and moves its bundle to
// dest. A machine whose files are wanted raw gives those.
func (m *Machine) Collect(ctx context.Context, window time.Duration, dest string) (Collection, error) {
	list, err := m.collect(ctx, window, dest)
	if err != nil {
		return Collection{}, err
	}
	return list[0], nil
}

// privacy is a way to run asrcollect: the folder of its bundle is the machine's
// with this end, and so is the name of the bundle.
type privacy struct {
	end  string
	args []string
}

// collect runs asrcollect in the usual way, and in others beside it at the same
// time.
func (m *Machine) collect(ctx context.Context, window time.Duration, dest string, others ...privacy) ([]Collection, error) {
	if raw := m.Incident.Run.Raw; len(raw) > 0 {
		return []Collection{{Path: dest}}, m.pack(raw, dest)
	}
	profilePath, bundlePath := m.system.places()
	profile, err := m.profile(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.disk().put(profilePath, profile, m.Now); err != nil {
		return nil, err
	}
	ways := append([]privacy{{args: []string{"--case-key", m.keyFile()}}}, others...)
	var lists [][]string
	for _, w := range ways {
		dir, err := m.disk().at(bundlePath + w.end)
		if err == nil {
			err = os.MkdirAll(dir, 0o755)
		}
		if err != nil {
			return nil, err
		}
		lists = append(lists, append(m.arguments(profilePath, bundlePath+w.end, window), w.args...))
	}
	outs, err := m.system.collect(ctx, m, lists)
	if err != nil && len(outs) == 0 {
		return nil, err
	}
	var exit *exec.ExitError
	var list []Collection
	for i, w := range ways {
		if outs[i] == nil || err != nil && !errors.As(err, &exit) {
			return nil, fmt.Errorf("run asrcollect: %w", err)
		}
		c, err := m.taken(outs[i], bundlePath+w.end, strings.TrimSuffix(dest, ".zip")+w.end+".zip")
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// arguments are those of every run, and the incident's.
func (m *Machine) arguments(profile, out string, window time.Duration) []string {
	args := []string{
		"--profile", profile, "--duration", window.String(), "--interval", "2s", "--out", out,
		"--min-free", "1MiB", "--case", "CASE-4711", "--quiet", "--yes",
	}
	for _, a := range m.Incident.Run.Args {
		args = append(args, m.Vars.Expand(a))
	}
	return args
}

// taken moves the bundle of a run to dest.
func (m *Machine) taken(out *output, bundlePath, dest string) (Collection, error) {
	c := Collection{Code: out.code, Stderr: string(out.stderr)}
	dir, err := m.disk().at(bundlePath)
	if err != nil {
		return c, err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil || len(found) != 1 {
		return c, fmt.Errorf("asrcollect left %d bundles, exit code %d\n%s", len(found), c.Code, c.Stderr)
	}
	c.Path, c.Name = dest, filepath.Base(found[0])
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
// literal. Of the addresses that logs name only those on loopback are tried.
// 127.0.0.1 becomes the machine's own part of loopback. A variable
// probe.NAME is the target of the probe of that name, whose own cannot be had
// here.
func (m *Machine) profile(ctx context.Context) ([]byte, error) {
	name := m.Vars["profile"]
	out, err := m.system.profile(ctx, name)
	if err != nil && out == nil {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the profile %s: %w\n%s", name, err, out.stderr)
	}
	return localProfile(out.stdout, m.Vars)
}

func localProfile(raw []byte, vars Vars) (local []byte, err error) {
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
		name, _ := item["name"].(string)
		if mined, ok := item["from_log"].(map[string]any); ok {
			text, _ := mined["regexp"].(string)
			if mined["regexp"], err = onLoopback(text); err != nil {
				return nil, fmt.Errorf("probe %s: %w", name, err)
			}
		}
		if own := vars["probe."+name]; own != "" {
			item["target"] = vars.Expand(own)
			delete(item, "from_config")
			continue
		}
		switch local := strings.TrimPrefix(target, "127.0.0.1:"); {
		case local != target:
			item["target"] = vars["net"] + ".1:" + local
		case target != "" && !strings.Contains(target, "${"):
			item["target"] = vars.Expand(vars["internet"])
		}
	}
	return json.MarshalIndent(doc, "", " ")
}

// onLoopback makes the group host of an expression find addresses of loopback
// only: what an incident's logs name is not to be tried on the internet.
func onLoopback(expression string) (string, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return "", err
	}
	host, err := syntax.Parse(`127(?:\.[0-9]{1,3}){3}`, syntax.Perl)
	if err != nil {
		return "", err
	}
	var walk func(*syntax.Regexp)
	walk = func(part *syntax.Regexp) {
		if part.Op == syntax.OpCapture && part.Name == "host" {
			part.Sub[0] = host
			return
		}
		for _, sub := range part.Sub {
			walk(sub)
		}
	}
	walk(re)
	return re.String(), nil
}

func list(text string) []string { return append([]string{}, strings.Fields(text)...) }
