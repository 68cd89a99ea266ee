package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/render"
	"github.com/asrdiag/asrdiag/analyzer/report"
)

const program = "asrdiag"

// app is what the subcommands share. Nothing in it changes after newApp but
// the exit code and what became of stdout.
type app struct {
	stdin  io.Reader
	stdout *output
	stderr io.Writer
	inputs *analyzer.Inputs
	packs  fs.FS // what is embedded: packs/*.asrpack, packs/*.pub, licenses/
	now    func() time.Time
	code   int // of a run that did its work

	identities []string // files with the secret keys of encrypted bundles
}

func newApp(stdin io.Reader, stdout, stderr io.Writer, packs fs.FS) *app {
	return &app{
		stdin: stdin, stdout: &output{w: stdout}, stderr: stderr, inputs: analyzer.NewInputs(stdin), packs: packs, now: time.Now,
	}
}

// run gives the exit code. An interrupt, or being told to end, stops what is
// under way and tidies up; a second one ends the program at once.
func (a *app) run(args []string) int {
	signal.Ignore(syscall.SIGPIPE) // writing to a closed pipe is an error, so that there is time to tidy up
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.finishHelp(root)
	defer a.inputs.Close()
	err := root.ExecuteContext(ctx)
	switch {
	case ctx.Err() != nil && err != nil:
		err = failed(errors.New("interrupted"), "")
	case a.stdout.closed():
		return report.ExitFailed // whoever reads has had enough
	case a.stdout.err != nil:
		err = failed(fmt.Errorf("write the output: %w", cause(a.stdout.err)), "what was written is not whole; write to a place with room")
	}
	if err != nil {
		a.printError(err)
		return exitCode(err)
	}
	return a.code
}

// endSignals are those that ask the program to end, without those that whoever
// started it wants ignored, as nohup does.
func endSignals() []os.Signal {
	list := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// output is stdout. It keeps the first error, whether or not the command that
// writes looks at it, and takes nothing after it.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (n int, err error) {
	if o.err == nil {
		n, o.err = o.w.Write(p)
	}
	return n, o.err
}

// closed reports whether the reader of a pipe is gone.
func (o *output) closed() bool { return o.err != nil && brokenPipe(o.err) }

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
	text = strings.TrimRight(render.Clean(a.inputs.Restore(text)), "\n")
	fmt.Fprintf(a.stderr, "%s: %s: %s\n", program, kind, strings.ReplaceAll(text, "\n", "\n    "))
}

// fileOf gives the file behind a writer.
func fileOf(w io.Writer) (*os.File, bool) {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	f, ok := w.(*os.File)
	return f, ok
}

// color reports whether w is a terminal that wants colours.
func color(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(f) && enableColor(f)
}

func isTerminal(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width of the terminal in columns; 80 when it is none.
func width(w io.Writer) int {
	if f, ok := fileOf(w); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return render.DefaultWidth
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
