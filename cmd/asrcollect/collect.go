package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector"
)

// quick is the window of --quick.
const quick = 30 * time.Second

// flags of collect.
type flags struct {
	collector.Options
	quick, quiet, json bool
	maxSize, minFree   size
	probes             list
}

// size is a flag for a number of bytes.
type size int64

func (s *size) String() string { return collector.FormatSize(int64(*s)) }

// Set reads 100MiB and the like.
func (s *size) Set(text string) error {
	n, err := collector.ParseSize(text)
	*s = size(n)
	return err
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Set adds one value.
func (l *list) Set(text string) error {
	*l = append(*l, text)
	return nil
}

func newFlags() (*flags, *flag.FlagSet) {
	f := &flags{maxSize: 100 << 20, minFree: 2 << 30}
	f.Version = version
	set := flag.NewFlagSet("asrcollect", flag.ContinueOnError)
	for _, name := range []string{"d", "duration"} {
		set.DurationVar(&f.Duration, name, 15*time.Minute, "")
	}
	for _, name := range []string{"q", "quick"} {
		set.BoolVar(&f.quick, name, false, "")
	}
	for _, name := range []string{"o", "out"} {
		set.StringVar(&f.Out, name, "", "")
	}
	for _, name := range []string{"p", "profile"} {
		set.StringVar(&f.Profile, name, "", "")
	}
	set.DurationVar(&f.Interval, "interval", 5*time.Second, "")
	set.StringVar(&f.Role, "role", "", "")
	set.StringVar(&f.Case, "case", "", "")
	set.DurationVar(&f.LogAge, "log-age", 72*time.Hour, "")
	set.Var(&f.maxSize, "max-size", "")
	set.Var(&f.minFree, "min-free", "")
	set.Var(&f.probes, "probe", "")
	set.BoolVar(&f.NoProbes, "no-probes", false, "")
	set.BoolVar(&f.quiet, "quiet", false, "")
	set.BoolVar(&f.json, "json", false, "")
	return f, set
}

// settle checks the flags together and fills in what they leave open.
func (f *flags) settle(set *flag.FlagSet) error {
	given := map[string]bool{}
	set.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	if f.quick {
		if given["d"] || given["duration"] {
			return &collector.OptionError{Msg: "--quick and --duration exclude each other", Hint: "leave out one of them"}
		}
		f.Duration = quick
	}
	if f.NoProbes && len(f.probes) > 0 {
		return &collector.OptionError{Msg: "--probe and --no-probes exclude each other", Hint: "leave out one of them"}
	}
	switch f.Role {
	case "", bundles.RoleProcessServer, bundles.RoleSourceMachine, bundles.RoleUnknown:
	default:
		return &collector.OptionError{Msg: fmt.Sprintf("unknown role %q", f.Role), Hint: "the roles are process-server, source-machine and unknown"}
	}
	if f.json && f.Out == "-" {
		return &collector.OptionError{Msg: "--json and --out - both want stdout", Hint: "leave out one of them"}
	}
	f.MaxSize, f.MinFree, f.Probes = int64(f.maxSize), int64(f.minFree), f.probes
	return nil
}

func collect(args []string, s streams) int {
	f, set := newFlags()
	if code, done := parse(set, args, s); done {
		return code
	}
	if err := f.settle(set); err != nil {
		code, hint := explain(err)
		return fail(s, code, err, hint)
	}
	if f.Out == "" {
		f.Out = defaultFolder()
	}
	f.Stdout = s.out
	sum, err := f.runWithControls(s)
	if err != nil {
		code, hint := explain(err)
		if errors.Is(err, context.Canceled) {
			err = errors.New("given up")
		}
		return fail(s, code, err, hint)
	}
	return f.report(s, sum)
}

// announce says what will be done before it is.
func (s streams) announce(f *flags) {
	where := f.Out
	if where == "-" {
		where = "stdout"
	}
	fmt.Fprintf(s.err, "asrcollect %s: reads services, processes, connections, disks and logs and averages load for %v; secrets are removed; the bundle goes to %s; nothing leaves this machine\n",
		version, f.Duration, where)
}

// runWithControls runs with signals, Enter and the progress line.
func (f *flags) runWithControls(s streams) (collector.Summary, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	finish := make(chan collector.Finish, 4)
	f.Finish = finish
	stop := watchSignals(finish, cancel)
	defer stop()
	if !f.quiet {
		line := newProgressLine(s.err)
		var announce sync.Once // when the run begins: after all mistakes
		f.Progress = func(p collector.Progress) {
			announce.Do(func() { s.announce(f) })
			line.phase(p)
		}
		defer line.close()
		if line.drawn() {
			watchEnter(s.in, finish)
		}
	}
	return collector.Run(ctx, f.Options)
}

// report prints the result.
func (f *flags) report(s streams, sum collector.Summary) int {
	if err := f.print(s.out, sum); err != nil {
		return fail(s, exitNoBundle, err, "")
	}
	if !f.quiet {
		fmt.Fprintf(s.err, "asrcollect: %s, %d files, %d of %d samples\n", collector.FormatSize(sum.Size), sum.Files, sum.Window.Samples, sum.Window.ExpectedSamples)
		for _, l := range sum.Lacking {
			fmt.Fprintf(s.err, "asrcollect: %s: %s: %s\n", l.Status, l.Name, l.Error)
		}
	}
	if !sum.Complete {
		return exitLacking
	}
	return exitComplete
}

func (f *flags) print(out io.Writer, sum collector.Summary) error {
	switch {
	case f.json:
		return json.NewEncoder(out).Encode(sum)
	case f.Out == "-":
		return nil
	}
	_, err := fmt.Fprintln(out, sum.Path)
	return err
}
