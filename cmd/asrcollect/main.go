// Command asrcollect reads the state of a machine and writes a support bundle.
//
// It writes the path of the bundle, or one JSON summary, to stdout and all else
// to stderr:
//
//   - errors are "asrcollect: error: ..." and say in "asrcollect: hint: ..."
//     what to do next, in lower case, without a period;
//   - a few lines tell before it starts what will be done;
//   - one progress line, drawn only on a terminal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/asrdiag/asrdiag/collector"
)

// Set by the linker: the version, and the public keys of minisign, with a blank
// between them, that profiles in files may be signed with, and whose they are.
var (
	version       = "devel"
	profileKeys   string
	profileSigner string
)

// Exit codes.
const (
	exitComplete = 0
	exitNoBundle = 1
	exitUsage    = 2
	exitLacking  = 3

	exitRestarted = -1 // another program does the work
)

// streams are where a command reads and writes.
type streams struct {
	in       *os.File
	out, err io.Writer
	keys     *keyboard // reads in
	own      bool      // the window closes with this program
}

func main() { os.Exit(begin()) }

// begin runs the command line in the window that there is.
func begin() int {
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, keys: newKeyboard(os.Stdin), own: ownsConsole()}
	keepMemory()
	restore := steady()
	defer restore()
	code := run(os.Args[1:], s)
	if code != exitRestarted {
		s.hold()
		return code
	}
	return exitComplete
}

// run executes one command line and returns the exit code.
func run(args []string, s streams) int {
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(40 << 20)
	verb := "collect"
	if len(args) > 0 && len(args[0]) > 0 && args[0][0] != '-' {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "collect":
		return collect(args, s)
	case "preview":
		return preview(args, s)
	case "reveal":
		return reveal(args, s)
	case "selftest":
		return selftest(args, s)
	case "profiles":
		return showProfiles(args, s)
	case "version":
		return printVersion(args, s)
	case "help":
		fmt.Fprint(s.out, usage)
		return exitComplete
	}
	return fail(s, exitUsage, fmt.Errorf("unknown command %q", verb), "the commands are collect, preview, profiles, reveal, selftest and version; see: asrcollect --help")
}

// fail prints an error and what to do about it.
func fail(s streams, code int, err error, hint string) int {
	say(s.err, "error: %v", err)
	if hint != "" {
		say(s.err, "hint: %s", hint)
	}
	return code
}

// parse reads the flags of a command. It reports true when the command is done.
func parse(fset *flag.FlagSet, args []string, s streams) (int, bool) {
	fset.SetOutput(io.Discard)
	fset.Usage = func() {}
	err := fset.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(s.out, usage)
		return exitComplete, true
	case err != nil:
		return fail(s, exitUsage, flagError(err), "see the flags with: asrcollect --help"), true
	case fset.NArg() > 0:
		return fail(s, exitUsage, fmt.Errorf("unexpected argument %q", fset.Arg(0)), "see the flags with: asrcollect --help"), true
	}
	return 0, false
}

func printVersion(args []string, s streams) int {
	if code, done := parse(flag.NewFlagSet("version", flag.ContinueOnError), args, s); done {
		return code
	}
	fmt.Fprintf(s.out, "asrcollect %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return exitComplete
}

// busyHint says how to wait for another collection.
func busyHint(pid int) string {
	if pid == 0 || runtime.GOOS == "windows" {
		return "wait until it has written its bundle, or end it early with Enter in its window"
	}
	return fmt.Sprintf("wait until it has written its bundle, or end it early with: kill -INT %d", pid)
}

// spaceHint is the way out of a volume that has so much free: to keep less of it
// only where that leaves room for a bundle.
func spaceHint(free int64) string {
	if free > 110<<20 {
		return "write elsewhere with --out FOLDER, or to a pipe with --out -, or keep less free with --min-free 100MiB"
	}
	return "write elsewhere with --out FOLDER, or to a pipe with --out -"
}

// waysOut are the three ways out when no folder can take the bundle.
func waysOut() string {
	elsewhere := `to a disk of your own, as with --out /mnt/usb, or through a pipe: --out - | ssh desk 'cat > bundle.zip'`
	if runtime.GOOS == "windows" {
		elsewhere = `over the remote desktop with --out \\tsclient\C, or to a share with --out \\server\share`
	}
	return "write it " + elsewhere + ", or make it smaller and let it take more: --max-size 10MiB --min-free 100MiB"
}

// explain finds the exit code and the hint for an error of a run.
func explain(err error) (int, string) {
	var oe *collector.OptionError
	var se *collector.SpaceError
	var be *collector.BusyError
	var ne *collector.NoFolderError
	switch {
	case errors.Is(err, collector.ErrUnwanted):
		return exitNoBundle, "nothing was kept: no bundle, no map, nothing of what was collected"
	case errors.As(err, &oe):
		return exitUsage, oe.Hint
	case errors.As(err, &be):
		return exitNoBundle, busyHint(be.PID)
	case errors.As(err, &ne):
		return exitNoBundle, waysOut()
	case errors.As(err, &se):
		return exitNoBundle, spaceHint(se.Free)
	case errors.Is(err, context.Canceled):
		return exitNoBundle, "nothing was kept; Enter or one Ctrl-C ends early with a bundle"
	case errors.Is(err, syscall.ENOSPC):
		return exitNoBundle, "the volume is full: write elsewhere with --out FOLDER, or less with --max-size 10MiB"
	case errors.Is(err, syscall.EPIPE):
		return exitNoBundle, "the reader of the pipe went away"
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(*os.LinkError)):
		return exitNoBundle, "name a folder that you may write to with --out FOLDER"
	}
	return exitNoBundle, ""
}
