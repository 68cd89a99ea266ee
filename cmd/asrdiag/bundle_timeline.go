package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/analyzer"
)

// timelineOptions are the flags of timeline.
type timelineOptions struct {
	packFlags
	lookFlags
	all    bool
	each   bool
	around string
	window string
}

func (a *app) bundleTimelineCommand() *cobra.Command {
	var o timelineOptions
	c := command(&cobra.Command{
		Use:   "timeline BUNDLE...",
		Short: "Show what happened when, from logs, events, services and settings",
		Long: `timeline prints in order of time, in UTC and, in parentheses, at the host, what
the bundles know: log lines of warning or above and those that a check looks
for, records of the event log, changes of services, last writes of registry keys
and settings, starts of the machine, gaps in logs and samples, and the steps of
the collector. Events that differ in numbers only, at most 20 minutes apart, are
one line with their count; so are last writes from more than a week before the
logs begin, unless --since or --around asks for them. --each prints all of them.
A "?" marks a time that may be an hour off, as in the hour that a clock change
repeats.

Several bundles give one timeline. Each host's clock is then set right by what
was measured when the bundle was made; a note says by how much.

With --format json each event is an object: time, host_time, host, bundle, kind
(log, record, service, process, registry, config, start, gap, collector; older
for the last writes that are one line), source, file, line, level, text; count
and last of repetitions, and in more the number of further lines.

` + lookExitCodes,
		Example: `asrdiag bundle timeline bundle.zip
asrdiag bundle timeline --since 6h bundle.zip
asrdiag bundle timeline --around 09:10 --window 5m --all bundle.zip
asrdiag bundle timeline ps01.zip source01.zip
asrdiag bundle timeline --format json case-4711/ | jq .text`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.timeline(c.Context(), o, args) },
	})
	f := c.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "every line of the logs that has a time, and every step of the collector")
	f.BoolVar(&o.each, "each", false, "print repetitions one by one")
	f.StringVar(&o.around, "around", "", "only what happened around this `TIME`, as in --since")
	f.StringVar(&o.window, "window", "10m", "with --around: this `SPAN` before and after it")
	o.lookFlags.flags(f)
	o.packFlags.flags(f)
	_ = c.RegisterFlagCompletionFunc("format", words("text", "json"))
	return c
}

const timelineHint = "asrdiag bundle timeline --help"

// job makes a job of the flags, without packs and bundles.
func (o *timelineOptions) job() (analyzer.TimelineJob, error) {
	j := analyzer.TimelineJob{Inner: o.inner}
	q := &j.Query
	var err error
	if q.Since, q.Until, err = o.validate(timelineHint); err != nil {
		return j, err
	}
	if q.Around, err = moment("--around", o.around); err != nil {
		return j, err
	}
	if q.Around != nil && (q.Since != nil || q.Until != nil) {
		return j, usagef(timelineHint, "--around leaves no room for --since and --until")
	}
	var ok bool
	if q.Window, ok = analyzer.ParseSpan(o.window); !ok {
		return j, usagef("5m, 2h, 1d", "--window %q is no span of time", o.window)
	}
	q.All, q.Each = o.all, o.each
	return j, nil
}

func (a *app) timeline(ctx context.Context, o timelineOptions, args []string) error {
	j, err := o.job()
	if err != nil {
		return err
	}
	if j.Packs, err = a.packsOfLogs(o.packFlags); err != nil {
		return err
	}
	if j.Paths, err = a.bundlesOf(ctx, args); err != nil {
		return err
	}
	pool, err := a.pool(o.jobs)
	if err != nil {
		return err
	}
	defer pool.Close()
	if j.Show.JSON = o.format == "json"; !j.Show.JSON {
		j.Show.Color = color(a.stdout)
		if isTerminal(a.stdout) {
			j.Show.Width = 3 * width(a.stdout)
		}
	}
	bars := a.newProgress()
	j.Progress = bars.bundle
	answers, err := pool.Timeline(ctx, j, &beforeOutput{w: a.stdout, first: bars.end})
	bars.end()
	if err = cmp.Or(ctx.Err(), a.stdout.err, err); err != nil {
		return err
	}
	codes := lookCodes{}
	for _, answer := range answers {
		a.tellTimeline(answer)
		codes.add(answer.Err, answer.Err != nil || answer.Result.Incomplete(), answer.Result != nil && answer.Result.Events > 0)
	}
	a.code = codes.combined()
	return nil
}

// tellTimeline says what is to be known of a bundle besides its events.
func (a *app) tellTimeline(answer analyzer.TimelineAnswer) {
	for _, n := range answer.Notes {
		a.printPrefixed("note", n)
	}
	if answer.Err != nil {
		a.printError(answer.Err)
		return
	}
	r := answer.Result
	a.tellLook(r.File, r.Notes, r.Damage, r.Unread)
	a.tellStrangers(r.File, r.Strangers)
	a.tellClock(r)
	if n := len(r.Unknown); n > 0 {
		a.printPrefixed("note", fmt.Sprintf("%s: logs whose lines have no known format, and so no time: %d; the first is %s", r.File, n, r.Unknown[0]))
	}
	if r.Untimed > 0 {
		a.printPrefixed("note", fmt.Sprintf("%s: lines left out because their time is not known: %d", r.File, r.Untimed))
	}
}

// tellClock says what was done about a clock that is wrong.
func (a *app) tellClock(r *analyzer.TimelineResult) {
	if r.ClockOffset == nil || math.Abs(*r.ClockOffset) < 1 {
		return
	}
	off := time.Duration(math.Abs(*r.ClockOffset) * float64(time.Second)).Round(time.Second)
	where := "ahead"
	if *r.ClockOffset > 0 {
		where = "behind"
	}
	done := "its times are as its clock showed them"
	if r.Moved {
		done = "its times were set right; those in parentheses are as its clock showed them"
	}
	a.printPrefixed("note", fmt.Sprintf("%s: the clock of %s is %s %s (%s): %s", r.File, r.Host, off, where, r.ClockSource, done))
}
