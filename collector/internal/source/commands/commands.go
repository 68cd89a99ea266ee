// Package commands runs programs of the closed list and keeps what they print.
// It is the only part of the collector that starts a program.
//
// No shell is involved. A program gets an environment of its own, an empty
// standard input and a process group or job that is killed as a whole at its
// deadline. What it prints is capped and passes the redactor.
package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
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

// Here are the programs that a profile names and that are for this system.
func Here(list []profiles.Command) []programs.Program {
	var out []programs.Program
	for _, c := range list {
		if p, ok := programs.Find(c.Name); ok && p.OS == runtime.GOOS {
			out = append(out, p)
		}
	}
	return out
}

// File is the program's file, or "" when it is not installed.
func File(p programs.Program) string {
	for _, f := range p.Files {
		if rest, ok := strings.CutPrefix(f, programs.SystemFolder); ok {
			f = systemFolder() + rest
		}
		if fi, err := os.Stat(f); err == nil && fi.Mode().IsRegular() {
			return f
		}
	}
	return ""
}

// Line is the command line of a program for people.
func Line(file string, p programs.Program) string {
	return strings.Join(append([]string{file}, p.Args...), " ")
}

// Output is what a program printed.
type Output struct {
	Text      []byte
	Truncated bool
}

// Collect runs the programs, one after the other, and writes what each printed
// to logs/commands/<name>.txt. One that is not installed is left out.
func Collect(ctx context.Context, k *store.Sink, list []programs.Program, log *slog.Logger) error {
	var errs []error
	stored := 0
	for _, p := range list {
		file := File(p)
		if file == "" {
			log.Info("command left out", slog.String("name", p.Name), slog.String("reason", "not installed"))
			continue
		}
		out, err := Run(ctx, file, p)
		log.Info("command ran", slog.String("name", p.Name), slog.String("line", Line(file, p)), slog.Int("bytes", len(out.Text)), slog.Bool("ok", err == nil))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.Name, err))
		}
		if len(out.Text) == 0 {
			continue
		}
		if err := keep(k, file, p, out); err != nil {
			return err
		}
		stored++
	}
	err := errors.Join(errs...)
	switch {
	case stored > 0:
		return source.Partial(err)
	case err == nil:
		return source.Skipped("none of these programs is installed: %s", names(list))
	}
	return err
}

func names(list []programs.Program) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return strings.Join(out, ", ")
}

// keep writes the output to the bundle.
func keep(k *store.Sink, file string, p programs.Program, out Output) error {
	row := bundles.File{Path: "logs/" + profiles.CommandsID + "/" + p.Name + ".txt", SourcePath: Line(file, p), Truncated: out.Truncated}
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
func Run(ctx context.Context, file string, p programs.Program) (Output, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, p.Args...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = environment(), folder(), lag
	stdout, stderr := &capped{max: int(p.MaxOut)}, &capped{max: maxErrors}
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
	return Output{Text: stdout.buf.Bytes(), Truncated: stdout.more}, explain(ctx, p, err, stdout, stderr)
}

// explain says in words how a program failed.
func explain(ctx context.Context, p programs.Program, err error, stdout, stderr *capped) error {
	var exit *exec.ExitError
	said := strings.TrimSpace(strings.ToValidUTF8(stderr.buf.String(), "?"))
	if said != "" {
		said = ": " + strings.Join(strings.Fields(said), " ")
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it did not end within %v", p.Timeout)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return fmt.Errorf("exit code %d%s", exit.ExitCode(), said)
	case err != nil:
		return err
	case len(bytes.TrimSpace(stdout.buf.Bytes())) == 0:
		return fmt.Errorf("it printed nothing%s", said)
	}
	return nil
}

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
