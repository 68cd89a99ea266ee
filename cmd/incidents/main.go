// Command incidents runs asrcollect.exe under Wine on simulated servers, one for
// each incident, and checks that each bundle shows what its incident expects.
// See docs/simulator.md.
//
//	incidents [-exe FILE] [-linux FILE] [-out DIR] [-window 10s] [-jobs N] [-list] [INCIDENT|FILE...]
//
// What takes rights or programs that are not there is skipped, unless
// REQUIRE_ALL=1. Ctrl-C ends what runs and removes it. Exit codes: 0 all show what
// they should, 1 one does not or could not be run, 2 usage.
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
	"syscall"
	"time"

	"github.com/asrdiag/asrdiag/cmd/simulator"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("incidents", flag.ContinueOnError)
	flags.SetOutput(errs)
	exe := flags.String("exe", "bin/asrcollect.exe", "the `program` to try")
	linux := flags.String("linux", "bin/asrcollect", "the `program` for machines with Linux")
	var opt simulator.Options
	flags.StringVar(&opt.Out, "out", "bin/incidents", "`folder` for the bundles")
	flags.DurationVar(&opt.Window, "window", 10*time.Second, "`time` that each collection takes its samples for")
	flags.IntVar(&opt.Jobs, "jobs", 4, "how many run at the same time")
	flags.StringVar(&opt.Analyzer, "asrdiag", "bin/asrdiag", "the `program` that looks at the bundles; empty: none")
	flags.StringVar(&opt.Golden, "golden", "cmd/simulator/golden", "`folder` of the golden reports")
	flags.BoolVar(&opt.Update, "update", false, "write the golden reports of those whose expectations hold")
	privacy := flags.String("privacy", "both", "both collects each machine in strict `mode` too, and compares the analyses; standard does not")
	list := flags.Bool("list", false, "list the incidents and do nothing")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if opt.Strict = *privacy == "both"; !opt.Strict && *privacy != "standard" {
		fmt.Fprintf(errs, "incidents: error: privacy %q is neither both nor standard\n", *privacy)
		return 2
	}
	incidents, err := load(flags.Args())
	if err == nil && *list {
		for _, in := range incidents {
			fmt.Fprintf(out, "%-34s %s\n", in.Name, in.Title)
		}
		return 0
	}
	if err == nil {
		err = runAll(incidents, opt, *exe, *linux, out)
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

func runAll(list []*simulator.Incident, opt simulator.Options, exe, linux string, out io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if opt.Out, err = filepath.Abs(opt.Out); err != nil { // Wine wants whole paths
		return err
	}
	if opt.Analyzer != "" && !strings.ContainsRune(opt.Analyzer, filepath.Separator) {
		opt.Analyzer = "." + string(filepath.Separator) + opt.Analyzer
	}
	if err := os.MkdirAll(opt.Out, 0o755); err != nil {
		return err
	}
	if opt.Work, err = os.MkdirTemp(opt.Out, "work-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(opt.Work)) }()
	if opt.Programs, err = simulator.BuildPrograms(ctx, exe, linux, opt.Work); err != nil {
		return err
	}
	s := summary{out: out, dir: opt.Out, all: len(list), start: time.Now()}
	err = simulator.RunAll(ctx, list, opt, s.add)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted after %d of %d incidents; what was arranged is removed", s.ok+s.skipped+s.bad, s.all)
	}
	if err == nil {
		err = s.end()
	}
	return err
}

// summary counts what came of the incidents.
type summary struct {
	out              io.Writer
	dir              string
	start            time.Time
	all              int
	ok, skipped, bad int
}

// add says in a line what came of one incident. What was interrupted is no
// result.
func (s *summary) add(r simulator.Result) {
	switch {
	case errors.Is(r.Err, context.Canceled):
		return
	case r.Err != nil && simulator.Lacking(r.Err) && os.Getenv("REQUIRE_ALL") != "1":
		s.skipped++
		s.line("skip", r)
		fmt.Fprintf(s.out, "     %v\n", r.Err)
		return
	case r.Err == nil && len(r.Problems) == 0:
		s.ok++
		s.line("ok", r)
		return
	}
	s.bad++
	s.line("FAIL", r)
	if r.Err != nil {
		fmt.Fprintf(s.out, "     %s\n", indent(r.Err.Error()))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(s.out, "     %s\n", indent(p))
	}
	if len(r.Problems) > 0 {
		fmt.Fprintf(s.out, "     look at %s\n", filepath.Join(s.dir, r.Name+"*.zip"))
	}
}

func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n       ") }

func (s *summary) line(state string, r simulator.Result) {
	fmt.Fprintf(s.out, "%-4s %-34s %4.0f s\n", state, r.Name, r.Took.Seconds())
}

// end says what came of all. An error says that something is not as it should.
func (s *summary) end() error {
	if s.bad > 0 {
		return fmt.Errorf("%d of %d incidents do not show what they should", s.bad, s.all)
	}
	skipped := ""
	if s.skipped > 0 {
		skipped = fmt.Sprintf(", %d skipped", s.skipped)
	}
	fmt.Fprintf(s.out, "%d incidents show what they should%s, in %s; their bundles are in %s\n", s.ok, skipped, time.Since(s.start).Round(time.Second), s.dir)
	return nil
}
