package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/render"
	"github.com/asrdiag/asrdiag/analyzer/report"
)

const program = "asrdiag"

// app is what the subcommands share. Nothing in it changes after newApp but
// the exit code.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	packs          fs.FS // the folder "packs": *.asrpack and *.pub
	now            func() time.Time
	code           int // of a run that did its work
}

func newApp(stdin io.Reader, stdout, stderr io.Writer, packs fs.FS) *app {
	return &app{stdin: stdin, stdout: stdout, stderr: stderr, packs: packs, now: time.Now}
}

// run gives the exit code. An interrupt ends what is under way.
func (a *app) run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		a.printError(err)
		return exitCode(err)
	}
	return a.code
}

// failure is an error with the command that helps, and an exit code.
type failure struct {
	err  error
	hint string
	code int
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed is an error of exit code 1 with a hint.
func failed(err error, hint string) error { return &failure{err, hint, report.ExitFailed} }

// usagef is an error of exit code 2.
func usagef(hint, format string, args ...any) error {
	return &failure{fmt.Errorf(format, args...), hint, report.ExitUsage}
}

func exitCode(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return report.ExitFailed
}

// printError writes an error and its hint. What stands in them may come from a
// file, so it is cleaned.
func (a *app) printError(err error) {
	hint := ""
	var f *failure
	var remote *analyzer.Error
	switch {
	case errors.As(err, &f):
		hint = f.hint
	case errors.As(err, &remote):
		hint = remote.Hint
	}
	a.printPrefixed("error", err.Error())
	if hint != "" {
		a.printPrefixed("hint", hint)
	}
}

func (a *app) warnf(format string, args ...any) {
	a.printPrefixed("warning", fmt.Sprintf(format, args...))
}

// printPrefixed writes one message; further lines are indented under it.
func (a *app) printPrefixed(kind, text string) {
	text = strings.TrimRight(render.Clean(text), "\n")
	fmt.Fprintf(a.stderr, "%s: %s: %s\n", program, kind, strings.ReplaceAll(text, "\n", "\n    "))
}

// color reports whether w is a terminal that wants colours.
func color(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(f) && enableColor(f)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width of the terminal in columns; 80 when it is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return render.DefaultWidth
}

// writeFile writes a file as a whole or not at all: beside its place, then
// renamed. The folder must exist.
func writeFile(name string, mode fs.FileMode, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %q: %w", name, err)
	}
	return nil
}

// readFile reads a file of at most limit bytes.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, cause(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %q: it has more than %d bytes", name, limit)
	}
	return data, nil
}

// cause strips operation and path, which the message has already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// command fills in what is the same for all commands.
func command(c *cobra.Command) *cobra.Command {
	c.SilenceErrors, c.SilenceUsage, c.DisableFlagsInUseLine = true, true, true
	c.Example = indent(c.Example)
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef(c.CommandPath()+" --help", "%w", err)
	})
	if args := c.Args; args != nil {
		c.Args = func(c *cobra.Command, list []string) error {
			if err := args(c, list); err != nil {
				return usagef(c.CommandPath()+" --help", "%w", err)
			}
			return nil
		}
	}
	return c
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}
