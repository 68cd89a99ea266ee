package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	yes                bool // no question is asked
	review             bool
	maxSize, minFree   size
	probes, encryptTo  list
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

// length is a flag for a time span.
type length time.Duration

func (l *length) String() string { return collector.FormatDuration(time.Duration(*l)) }

// Set reads 15m, 90s and the like.
func (l *length) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is not a time: write 90s, 15m or 2h", text)
	}
	*l = length(d)
	return nil
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
	f.Duration, f.Interval, f.LogAge = 15*time.Minute, 5*time.Second, 72*time.Hour
	f.Version, f.ProfileKeys, f.ProfileSigner = version, strings.Fields(profileKeys), profileSigner
	set := flag.NewFlagSet("asrcollect", flag.ContinueOnError)
	for _, name := range []string{"d", "duration"} {
		set.Var((*length)(&f.Duration), name, "")
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
	set.Var((*length)(&f.Interval), "interval", "")
	set.StringVar(&f.Role, "role", "", "")
	set.StringVar(&f.Case, "case", "", "")
	set.Var((*length)(&f.LogAge), "log-age", "")
	set.Var(&f.maxSize, "max-size", "")
	set.Var(&f.minFree, "min-free", "")
	set.Var(&f.probes, "probe", "")
	set.Var(&f.encryptTo, "encrypt-to", "")
	set.StringVar(&f.Privacy, "privacy", collector.PrivacyStandard, "")
	set.StringVar(&f.CaseKey, "case-key", "", "")
	set.BoolVar(&f.NoMap, "no-map", false, "")
	set.BoolVar(&f.NoProbes, "no-probes", false, "")
	set.BoolVar(&f.Commands, "commands", false, "")
	set.BoolVar(&f.Client, "with-cxpsclient", false, "")
	set.BoolVar(&f.yes, "yes", false, "")
	set.BoolVar(&f.review, "review", false, "")
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
	f.MaxSize, f.MinFree, f.Probes, f.EncryptTo = int64(f.maxSize), int64(f.minFree), f.probes, f.encryptTo
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
	if err := f.reviewable(s); err != nil {
		code, hint := explain(err)
		return fail(s, code, err, hint)
	}
	if f.Out == "-" && isTerminal(s.out) {
		return fail(s, exitUsage, errors.New("a bundle is not for a terminal"), "write it into a pipe or a file: asrcollect --out - > bundle.zip")
	}
	if code, done := s.showOrigin(f); done {
		return code
	}
	if full, err := filepath.Abs(f.Out); err == nil && f.Out != "-" && f.Out != "" {
		f.Out = full
	}
	f.Stdout, f.Lock = s.out, os.Getenv(lockVariable)
	if !f.quiet && !collector.Elevated() && s.rights(f, args, restartElevated()) {
		return exitRestarted
	}
	if f.asks() && canEnter(s.in) && isTerminal(s.err) {
		s.askPrograms(f, programsPatience)
	}
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

// lockVariable names another lock than that of all collections, for tests that
// run several.
const lockVariable = "ASRCOLLECT_LOCK"

// announce says what will be done before it is.
func (s streams) announce(f *flags, b collector.Beginning) {
	where := filepath.Dir(b.Path)
	if b.Path == "-" {
		where = "stdout"
	}
	for _, l := range b.Leftovers {
		if l.Map {
			say(s.err, "a run that was killed, or goes on elsewhere, left the map %s: do not send it; delete it with the bundle that it belongs to", l.Path)
			continue
		}
		say(s.err, "an earlier run was killed and left %s, %s; asrdiag reads what is whole in it: send it as it is, or delete it", l.Path, collector.FormatSize(l.Size))
	}
	say(s.err, "reads services, processes, connections, disks and logs")
	say(s.err, "averages CPU, memory and disk for %s; secrets are removed", collector.FormatDuration(f.Duration))
	if f.Privacy == collector.PrivacyStrict {
		say(s.err, "people, machines, addresses and GUIDs get pseudonyms")
	} else {
		say(s.err, "people and GUIDs get pseudonyms; host names and addresses stay")
	}
	if f.Commands {
		say(s.err, "runs the programs that the profile names; asrcollect preview lists them")
	}
	if f.Client {
		say(s.err, "runs the product's own cxpsclient, which sends a test file to the process server")
	}
	if f.NoProbes {
		say(s.err, "nothing leaves this machine, and nothing on it is changed")
	} else {
		say(s.err, "nothing leaves this machine but connection tests and a time query")
	}
	say(s.err, "the bundle goes to %s", where)
	s.announceSending(b)
}

// runWithControls runs with signals, Enter and the progress line.
func (f *flags) runWithControls(s streams) (collector.Summary, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	finish := make(chan collector.Finish, 4)
	f.Finish = finish
	stop := watchSignals(finish, abandoner(cancel, s, os.Exit))
	defer stop()
	defer watchSessionEnd(func() { ask(finish, collector.FinishAll) })()
	if !f.quiet {
		key := "Ctrl-C"
		if canEnter(s.in) {
			key = "Enter"
		}
		line := newProgressLine(s.err, key)
		f.Begin = func(b collector.Beginning) { s.announce(f, b) }
		f.Progress = line.phase
		defer line.close()
		unwatch := func() {}
		if line.drawn() && canEnter(s.in) {
			unwatch = watchEnter(s.keys, finish)
			defer unwatch()
		}
		f.reviewWith(s, finish, line.close, unwatch)
	}
	return collector.Run(ctx, f.Options)
}

// report prints the result.
func (f *flags) report(s streams, sum collector.Summary) int {
	if err := f.print(s.out, sum); err != nil {
		return fail(s, exitLacking, err, "the bundle is there all the same: "+sum.Path)
	}
	if !f.quiet {
		say(s.err, "%s, %d files, %d of %d samples", collector.FormatSize(sum.Size), sum.Files, sum.Window.Samples, sum.Window.ExpectedSamples)
		for _, l := range sum.Lacking {
			say(s.err, "%s: %s: %s", l.Status, l.Name, brief(l.Error))
		}
		if f.Out != "-" {
			say(s.err, "%s", f.sendIt(sum))
		}
		s.tellMap(f, sum.Map)
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
