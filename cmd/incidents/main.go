// Command incidents runs asrcollect.exe under Wine on simulated servers, one for
// each incident, and checks that each bundle shows what its incident expects.
// See docs/simulator.md.
//
//	incidents [-exe FILE] [-linux FILE] [-out DIR] [-window 10s] [-jobs N] [-list] [INCIDENT|FILE...]
//
// What takes a right to mount that is not there is skipped, unless REQUIRE_ALL=1.
// Exit codes: 0 all show what they should, 1 one does not or could not be run, 2
// usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/cmd/simulator"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("incidents", flag.ContinueOnError)
	flags.SetOutput(errs)
	exe := flags.String("exe", "bin/asrcollect.exe", "the `program` to try")
	linux := flags.String("linux", "bin/asrcollect", "the `program` for machines with Linux")
	dir := flags.String("out", "bin/incidents", "`folder` for the bundles")
	window := flags.Duration("window", 10*time.Second, "`time` that each collection takes its samples for")
	jobs := flags.Int("jobs", 3, "how many run at the same time")
	list := flags.Bool("list", false, "list the incidents and do nothing")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	incidents, err := load(flags.Args())
	if err == nil && *list {
		for _, in := range incidents {
			fmt.Fprintf(out, "%-32s %s\n", in.Name, in.Title)
		}
		return 0
	}
	if err == nil {
		err = runAll(incidents, *exe, *linux, *dir, *window, *jobs, out)
	}
	if err != nil {
		fmt.Fprintln(errs, "incidents: error:", err)
		return 1
	}
	return 0
}

// load reads incidents by name or from files; without any, all.
func load(names []string) ([]*simulator.Incident, error) {
	if len(names) == 0 {
		names = simulator.Names()
	}
	var out []*simulator.Incident
	for _, name := range names {
		var in *simulator.Incident
		var err error
		if strings.HasSuffix(name, ".txtar") {
			var raw []byte
			if raw, err = os.ReadFile(name); err == nil {
				in, err = simulator.Parse(strings.TrimSuffix(filepath.Base(name), ".txtar"), raw)
			}
		} else {
			in, err = simulator.Load(name)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}

func runAll(list []*simulator.Incident, exe, linux, dir string, window time.Duration, jobs int, out io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if dir, err = filepath.Abs(dir); err != nil { // Wine wants whole paths
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, "work-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	programs, err := simulator.BuildPrograms(ctx, exe, linux, work)
	if err != nil {
		return err
	}
	bad := 0
	opt := simulator.Options{Programs: programs, Window: window, Jobs: jobs, Work: work, Out: dir}
	err = simulator.RunAll(ctx, list, opt, func(r simulator.Result) {
		if !tell(out, r) {
			bad++
		}
	})
	if err == nil && bad > 0 {
		err = fmt.Errorf("%d of %d incidents do not show what they should", bad, len(list))
	}
	return err
}

// tell says what came of one incident and reports whether all is well.
func tell(out io.Writer, r simulator.Result) bool {
	state := "ok"
	switch {
	case errors.Is(r.Err, simulator.ErrVolume) && os.Getenv("REQUIRE_ALL") != "1":
		state = "skip"
	case r.Err != nil || len(r.Problems) > 0:
		state = "FAIL"
	}
	fmt.Fprintf(out, "%-4s %-32s %.1f s\n", state, r.Name, r.Took.Seconds())
	if r.Err != nil {
		fmt.Fprintf(out, "     %v\n", r.Err)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(out, "     %s\n", strings.ReplaceAll(p, "\n", "\n       "))
	}
	return state != "FAIL"
}
