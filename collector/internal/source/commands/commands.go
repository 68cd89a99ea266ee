// Package commands runs programs of the closed list and keeps what they print.
// It is the only part of the collector that starts a program.
//
// No shell is involved. A program gets an environment of its own, an empty
// standard input and a process group or job that is killed as a whole at its
// deadline. What it prints is capped and passes the redactor.
package commands

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/regex"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

const (
	// maxErrors is how much of standard error is kept, in bytes.
	maxErrors = 4 << 10
	// lag is how long the output may stay open after the program has ended.
	lag = time.Second
)

// Job is a program that is to run, with its target where it has one.
type Job struct {
	programs.Program
	Host, Port string
	// NoTarget is why it cannot run, when the target is not known.
	NoTarget string
}

// Target resolves the name of a probe to a host and a port.
type Target func(probe string) (host, port string, err error)

// Here are the programs that a profile names and that are for this system:
// those of --commands, or the product's client.
func Here(list []profiles.Command, client bool, target Target) []Job {
	var out []Job
	for _, c := range list {
		p, ok := programs.Find(c.Name, runtime.GOOS)
		if !ok || p.Client != client {
			continue
		}
		j := Job{Program: p}
		if p.HasTarget() {
			var err error
			if j.Host, j.Port, err = target(c.Probe); err != nil {
				j.NoTarget = err.Error()
			}
		}
		out = append(out, j)
	}
	return out
}

// File is the program's file, or "" when it is not installed.
func File(p programs.Program) string {
	if p.Needs != "" {
		if path, ok := place(p.Needs); !ok || !exists(path) {
			return ""
		}
	}
	for _, f := range p.Files {
		path, ok := place(f)
		if !ok {
			continue
		}
		if fi, err := os.Stat(path); err == nil && fi.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// place puts the folder into a path of the list. What is not absolute then is
// no place to take a program from.
func place(path string) (string, bool) {
	for _, f := range []struct {
		name   string
		folder func() string
	}{{programs.SystemFolder, systemFolder}, {programs.AgentFolder, agentFolder}, {programs.BackupFolder, backupFolder}} {
		if rest, ok := strings.CutPrefix(path, f.name); ok {
			dir := f.folder()
			return dir + rest, dir != ""
		}
	}
	return path, true
}

// args are the arguments of a job: those of the list, with the target.
func (j Job) args() []string {
	out := slices.Clone(j.Args)
	for i, a := range out {
		switch a {
		case programs.HostArg:
			out[i] = j.Host
		case programs.PortArg:
			out[i] = j.Port
		}
	}
	return out
}

// Line is the command line of a program for people.
func Line(file string, j Job) string { return strings.Join(append([]string{file}, j.args()...), " ") }

// Output is what a program printed.
type Output struct {
	Text      []byte
	Truncated bool
}

// Collect runs the programs, one after the other, and writes what each printed
// to logs/<id>/<name>.txt, and gives the settings that some tell. One that is
// not installed is left out.
func Collect(ctx context.Context, k *store.Sink, id string, list []Job, log *runlog.Log) ([]bundles.ConfigFile, error) {
	c := collection{k: k, id: id, log: log}
	for _, j := range list {
		if err := c.run(ctx, j); err != nil {
			return c.settings, err
		}
	}
	err := errors.Join(c.errs...)
	switch {
	case err == nil && c.answer != nil:
		return c.settings, &source.Problem{Status: bundles.StatusOK, Err: c.answer}
	case c.good > 0:
		return c.settings, source.Partial(err)
	case err == nil:
		return c.settings, source.Skipped("none of these programs is installed: %s", names(list))
	}
	return c.settings, err
}

// collection is what came of the programs so far.
type collection struct {
	k        *store.Sink
	id       string
	log      *runlog.Log
	errs     []error
	answer   error // how a program ended that gave what it should
	good     int   // programs that gave something
	settings []bundles.ConfigFile
}

// run runs one program. It fails when the bundle is lost.
func (c *collection) run(ctx context.Context, j Job) error {
	file := File(j.Program)
	if file == "" {
		c.log.Info("command left out", runlog.Any("name", j.Name), runlog.Any("reason", "not installed"))
		return nil
	}
	if j.NoTarget != "" {
		c.errs = append(c.errs, fmt.Errorf("%s: it was not started: %s", j.Name, j.NoTarget))
		return nil
	}
	line := Line(file, j)
	c.log.Info("command starts", runlog.Any("name", j.Name), runlog.Any("line", line))
	out, err := Run(ctx, file, j)
	c.log.Info("command ran", runlog.Any("name", j.Name), runlog.Any("line", line), runlog.Any("bytes", len(out.Text)), runlog.Any("ok", err == nil))
	if j.Setting != "" {
		item, serr := setting(j.Program, out.Text, err)
		c.settings = append(c.settings, item)
		err = cmp.Or(err, serr)
	}
	switch {
	case err == nil:
	case j.Client && len(out.Text) > 0 && errors.As(err, new(exitError)): // that it cannot send is an answer
		c.answer = fmt.Errorf("%s: %w", j.Name, err)
	default:
		c.errs = append(c.errs, fmt.Errorf("%s: %w", j.Name, err))
	}
	switch {
	case j.Unkept && err == nil:
		c.good++
	case j.Unkept, len(out.Text) == 0:
	default:
		if j.Client {
			out.Text = passphraseRE.ReplaceAll(out.Text, func(m []int) []byte {
				return append(bytes.Clone(out.Text[m[2]:m[3]]), redact.Mark(redact.RuleOption)...)
			})
		}
		c.good++
		return keep(c.k, c.id, file, j, out)
	}
	return nil
}

// passphraseRE finds the option that tells the product's client where its
// passphrase lies.
var passphraseRE = regex.MustCompile(`(?m)((?:^|\s)-P[ \t=]+)("[^"\r\n]*"|[^\s"]+)`)

func names(list []Job) string {
	var out []string
	for _, j := range list {
		out = append(out, j.Name)
	}
	return strings.Join(out, ", ")
}

// keep writes the output to the bundle.
func keep(k *store.Sink, id, file string, j Job, out Output) error {
	row := bundles.File{Path: "logs/" + id + "/" + j.Name + ".txt", SourcePath: Line(file, j), Truncated: out.Truncated}
	e, err := k.Create(row, redact.StreamOptions{}, -1, true)
	if err != nil {
		return err
	}
	_, werr := e.Write(out.Text)
	return errors.Join(werr, e.Close(func(f *bundles.File) {
		if utf8.Valid(out.Text) {
			f.Encoding = "utf-8"
		}
	}))
}

// Run runs one program. What was printed is returned even when it failed; a
// program that says nothing and that all is well is a failure as well.
func Run(ctx context.Context, file string, j Job) (Output, error) {
	ctx, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, j.args()...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = environment(), folder(), lag
	stdout, stderr := &capped{max: int(j.MaxOut)}, &capped{max: maxErrors}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	t := newTree(cmd)
	cmd.Cancel = t.kill
	err := cmd.Start()
	if err == nil {
		t.started(cmd)
		err = cmd.Wait()
		if errors.Is(err, exec.ErrWaitDelay) { // a child of it still holds the output
			_ = t.kill()
			err = nil
		}
	}
	t.close()
	return Output{Text: stdout.buf.Bytes(), Truncated: stdout.more}, explain(ctx, j.Timeout, err, stdout, stderr)
}

// explain says in words how a program failed.
func explain(ctx context.Context, timeout time.Duration, err error, stdout, stderr *capped) error {
	var exit *exec.ExitError
	said := strings.TrimSpace(strings.ToValidUTF8(stderr.buf.String(), "?"))
	if said != "" {
		said = ": " + strings.Join(strings.Fields(said), " ")
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it did not end within %v", timeout)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return exitError(fmt.Sprintf("exit code %d%s", exit.ExitCode(), said))
	case err != nil:
		return err
	case len(bytes.TrimSpace(stdout.buf.Bytes())) == 0:
		return fmt.Errorf("it printed nothing%s", said)
	}
	return nil
}

// exitError is the end of a program that ran and was not content.
type exitError string

// Error implements error.
func (e exitError) Error() string { return string(e) }

// capped keeps the beginning of what is written and takes the rest without
// keeping it, so that the program does not wait.
type capped struct {
	buf  bytes.Buffer
	max  int
	more bool
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.max-c.buf.Len())
	c.more = c.more || n < len(p)
	c.buf.Write(p[:n])
	return len(p), nil
}
