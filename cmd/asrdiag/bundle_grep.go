package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/report"
)

// exitNothing is the exit code of a search that found nothing in what it could
// read as a whole.
const exitNothing = 5

const lookExitCodes = `Exit codes:
  0  something was found
  1  asrdiag failed: no such file, not an archive, no bundle in it, newer format
  2  usage
  4  something could not be searched: a damaged or cut bundle, a file that
     cannot be read, the end of a line of more than 64 KiB, no file at all,
     among raw logs (grep) a file that is no known log
  5  all was searched, and nothing found
4 beats 5 and 0.`

// Limits of a file with patterns.
const (
	maxPatternFile = 4 << 20 // bytes
	maxPatterns    = 20_000
)

// grepOptions are the flags of grep.
type grepOptions struct {
	packFlags
	lookFlags
	patterns   []string
	files      []string
	literal    bool
	ignoreCase bool
	before     int
	after      int
	context    int
	count      bool
	list       bool
	max        int64
	inputs     []string
	facts      bool
	width      int
}

// lookFlags are those that grep and timeline share.
type lookFlags struct {
	since, until string
	format       string
	inner        string
	jobs         int
}

func (o *lookFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&o.since, "since", "", "from this `TIME` on: 2026-03-05T09:10Z, 09:10 (of the bundle's last day), or 2h, 3d before the bundle's end; UTC")
	f.StringVar(&o.until, "until", "", "up to this `TIME`")
	f.StringVar(&o.format, "format", "text", "`FORMAT`: text or json, one object a line")
	f.StringVar(&o.inner, "inner", "", "take the bundle `NAME` in an archive that holds several")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "read up to `N` bundles at a time (default: one a CPU, at most 4)")
}

// validate checks the flags and gives the times.
func (o *lookFlags) validate(hint string) (since, until *analyzer.Moment, err error) {
	switch {
	case o.format != "text" && o.format != "json":
		return nil, nil, usagef(hint, "format %q is none of text and json", o.format)
	case o.jobs < 0:
		return nil, nil, usagef(hint, "%d jobs are not possible", o.jobs)
	}
	if since, err = moment("--since", o.since); err == nil {
		until, err = moment("--until", o.until)
	}
	return since, until, err
}

// moment reads the time of a flag, nil for none.
func moment(flag, text string) (*analyzer.Moment, error) {
	if text == "" {
		return nil, nil
	}
	m, err := analyzer.ParseMoment(text)
	if err != nil {
		return nil, usagef("times are UTC: 2026-03-05T09:10:12Z, 2026-03-05, 09:10; or 90m, 2h, 3d before the bundle's end", "%s: %v", flag, err)
	}
	return &m, nil
}

func (o *grepOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.patterns, "regexp", "e", nil, "look for this `PATTERN` as well; all arguments are bundles then")
	f.StringArrayVarP(&o.files, "file", "f", nil, "look for the patterns in this `FILE`, one a line; empty lines are left out")
	f.BoolVarP(&o.literal, "fixed-strings", "F", false, "patterns are texts, not expressions")
	f.BoolVarP(&o.ignoreCase, "ignore-case", "i", false, "upper and lower case are the same")
	f.IntVarP(&o.after, "after-context", "A", 0, "also print `N` lines after each match")
	f.IntVarP(&o.before, "before-context", "B", 0, "also print `N` lines before each match")
	f.IntVarP(&o.context, "context", "C", 0, "also print `N` lines before and after each match")
	f.BoolVarP(&o.count, "count", "c", false, "print how many lines match, for each log that has some")
	f.BoolVarP(&o.list, "files-with-matches", "l", false, "print the logs that have matching lines")
	f.Int64VarP(&o.max, "max", "m", 0, "stop after `N` matching lines of each log")
	f.StringArrayVar(&o.inputs, "input", nil, "search the files that this `GLOB` matches: logs/cxps, cxps*.log, facts/** (default: all logs)")
	f.BoolVar(&o.facts, "facts", false, "also search facts, collect.log and manifest.json")
	f.IntVar(&o.width, "width", -1, "print at most `N` characters of a line, around its first match; 0: all (default on a terminal: three rows)")
	o.lookFlags.flags(f)
	o.packFlags.flags(f)
}

func (a *app) bundleGrepCommand() *cobra.Command {
	var o grepOptions
	c := command(&cobra.Command{
		Use:   "grep PATTERN BUNDLE...",
		Short: "Find lines in the logs of bundles, with their times in UTC",
		Long: `grep prints the lines of all logs in which a PATTERN stands, with path, number
in the source file and time: in UTC and, in parentheses, at the host. A "?"
marks a time that may be an hour off, as in the hour that a clock change
repeats; a "+" a number that counts from the first stored line. Lines below the
first line of an entry have its time. Times are known where a check pack knows
the log.

A PATTERN is an RE2 expression; with -F a text. Bundles are all that analyze
takes: files, folders, archives that hold several, - for standard input. Marks
that stand for what was redacted are found as they stand in the bundle.

On a terminal a log's path stands once above its lines and long lines are cut;
else each line has its path, and is whole. Nothing in a line can act on the
terminal. Of a line its first 64 KiB are searched.

With --format json each line is an object: t (match, context; with -c and -l
log), bundle, host, file, line, offset, length, time, text, and in matches the
places in text, in bytes. time_ambiguous is the "?", line_of_stored the "+", and
time_of_entry says that a time is that of the entry's first line.

` + lookExitCodes,
		Example: `asrdiag bundle grep 78028 bundle.zip
asrdiag bundle grep -F "timed out" -C 3 --since 2h bundle.zip
asrdiag bundle grep -i "error|fatal" --input "logs/cxps/**" *.zip
asrdiag bundle grep -c -f signatures.txt case-4711/
ssh HOST asrcollect --out - | asrdiag bundle grep -e 403 -e 407 -
asrdiag bundle grep --format json 0x80072ee2 bundle.zip | jq .text`,
		Args: func(_ *cobra.Command, args []string) error {
			need := 2
			if len(o.patterns)+len(o.files) > 0 {
				need = 1
			}
			if len(args) < need {
				return fmt.Errorf("%s", []string{1: "no bundle is named", 2: "a pattern and a bundle are needed"}[need])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.grep(c.Context(), o, args) },
	})
	o.flags(c.Flags())
	_ = c.RegisterFlagCompletionFunc("format", words("text", "json"))
	return c
}

const grepHint = "asrdiag bundle grep --help"

// job makes a job of flags and arguments, without packs.
func (o *grepOptions) job(args []string, out io.Writer) (analyzer.GrepJob, error) {
	j := analyzer.GrepJob{Paths: args, Inner: o.inner}
	q := &j.Query
	since, until, err := o.validate(grepHint)
	if err != nil {
		return j, err
	}
	if err := o.checkNumbers(); err != nil {
		return j, err
	}
	q.Patterns = o.patterns
	if len(o.patterns)+len(o.files) == 0 {
		q.Patterns, j.Paths = args[:1], args[1:]
	}
	for _, name := range o.files {
		more, err := readPatterns(name)
		if err != nil {
			return j, err
		}
		q.Patterns = append(q.Patterns, more...)
	}
	if len(q.Patterns) == 0 || len(q.Patterns) > maxPatterns {
		return j, usagef(grepHint, "%d patterns are not possible", len(q.Patterns))
	}
	q.Literal, q.IgnoreCase, q.Max, q.Inputs, q.Facts = o.literal, o.ignoreCase, o.max, o.inputs, o.facts
	q.Before, q.After, q.Since, q.Until = max(o.before, o.context), max(o.after, o.context), since, until
	q.Show = o.show(out)
	var e *analyzer.Error
	if errors.As(q.Validate(), &e) {
		return j, usagef(e.Hint, "%s", e.Msg)
	}
	return j, nil
}

// maxContext bounds the lines of context.
const maxContext = 1000

func (o *grepOptions) checkNumbers() error {
	for _, n := range []int{o.before, o.after, o.context} {
		if n < 0 || n > maxContext {
			return usagef(grepHint, "%d lines of context are not possible: at most %d are", n, maxContext)
		}
	}
	switch {
	case o.max < 0:
		return usagef(grepHint, "at most %d lines are not possible", o.max)
	case o.count && o.list:
		return usagef(grepHint, "-c and -l ask for two different lists")
	}
	return nil
}

// show says how to print to out.
func (o *grepOptions) show(out io.Writer) analyzer.GrepShow {
	s := analyzer.GrepShow{JSON: o.format == "json", Count: o.count, Files: o.list, Width: max(o.width, 0)}
	if s.JSON {
		return s
	}
	s.Color = color(out)
	if isTerminal(out) {
		s.Heading = true
		if o.width < 0 {
			s.Width = 3 * width(out)
		}
	}
	return s
}

// readPatterns reads the lines of a file.
func readPatterns(name string) ([]string, error) {
	raw, err := readFile(name, maxPatternFile)
	if err != nil {
		return nil, failed(err, "name a file with one pattern a line")
	}
	var list []string
	for line := range strings.Lines(string(bytes.TrimPrefix(raw, []byte("\ufeff")))) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			list = append(list, line)
		}
	}
	return list, nil
}

func (a *app) grep(ctx context.Context, o grepOptions, args []string) error {
	j, err := o.job(args, a.stdout)
	if err != nil {
		return err
	}
	if j.Packs, err = a.packsOfLogs(o.packFlags); err != nil {
		return err
	}
	if j.Paths, err = a.bundlesOf(ctx, j.Paths); err != nil {
		return err
	}
	pool, err := a.pool(o.jobs)
	if err != nil {
		return err
	}
	defer pool.Close()
	bars := a.newProgress()
	j.Progress = bars.bundle
	out := &beforeOutput{w: a.stdout, first: bars.end}
	answers := pool.Grep(ctx, j, out)
	bars.end()
	if err := cmp.Or(ctx.Err(), a.stdout.err); err != nil {
		return err
	}
	codes := lookCodes{}
	for _, answer := range answers {
		a.tellGrep(answer)
		codes.add(answer.Err, answer.Err != nil || answer.Result.Incomplete(), answer.Result != nil && answer.Result.Matches > 0)
	}
	a.code = codes.combined()
	return nil
}

// packsOfLogs gives the packs that know logs; without any times are not known,
// which is told.
func (a *app) packsOfLogs(o packFlags) ([]analyzer.PackRef, error) {
	use, err := a.usePacks(o, a.peekEmbedded, true)
	if errors.Is(err, errNoPacks) {
		a.warnf("no check packs: the times of log lines are not known")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	refs := make([]analyzer.PackRef, len(use.packs))
	for i, p := range use.packs {
		refs[i] = p.ref
	}
	return refs, nil
}

// bundlesOf gives the files that arguments name.
func (a *app) bundlesOf(ctx context.Context, args []string) ([]string, error) {
	files := expand(args)
	for i := range files {
		var err error
		if files[i], err = a.input(ctx, files[i]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// tellGrep says what is to be known of a search besides the lines.
func (a *app) tellGrep(answer analyzer.GrepAnswer) {
	for _, n := range answer.Notes {
		a.printPrefixed("note", n)
	}
	if answer.Err != nil {
		a.printError(answer.Err)
		return
	}
	r := answer.Result
	a.tellLook(r.File, r.Notes, r.Damage, r.Unread)
	for _, reason := range r.Absent {
		a.printPrefixed("note", r.File+": not searched: "+reason)
	}
	a.tellStrangers(r.File, r.Strangers)
	if r.Long > 0 {
		a.warnf("%s: lines of more than 64 KiB, whose end was not searched: %d", r.File, r.Long)
	}
	if r.Untimed > 0 {
		a.printPrefixed("note", fmt.Sprintf("%s: matching lines left out because their time is not known: %d", r.File, r.Untimed))
	}
}

// tellStrangers says what was left out of raw logs.
func (a *app) tellStrangers(file string, n int) {
	if n > 0 {
		a.warnf("%s: files that are no known logs, and were not read: %d", file, n)
	}
}

// maxTold is how many files are named in messages.
const maxTold = 5

// tellLook says what is wrong with a bundle that was searched.
func (a *app) tellLook(file string, notes, damage, unread []string) {
	for _, n := range notes {
		a.printPrefixed("note", file+": "+n)
	}
	for _, list := range []struct {
		what string
		rows []string
	}{{"damaged", damage}, {"cannot be read to its end", unread}} {
		for i, row := range list.rows {
			if i == maxTold {
				a.warnf("%s: %s: %d more; asrdiag bundle verify lists all", file, list.what, len(list.rows)-i)
				break
			}
			a.warnf("%s: %s: %s", file, list.what, row)
		}
	}
}

// lookCodes collects how the searches of several bundles ended.
type lookCodes struct{ found, incomplete, failed, answered bool }

func (c *lookCodes) add(err error, incomplete, found bool) {
	var codes exitCodesOf
	if err != nil {
		codes.addError(err)
		c.failed = c.failed || codes.failed
		c.incomplete = c.incomplete || codes.incomplete
		return
	}
	c.answered = true
	c.incomplete = c.incomplete || incomplete
	c.found = c.found || found
}

// combined: 1 only when nothing could be read, 4 when something could not; else
// whether something was found.
func (c *lookCodes) combined() int {
	switch {
	case c.incomplete, c.failed && c.answered:
		return report.ExitIncomplete
	case c.failed:
		return report.ExitFailed
	case !c.found:
		return exitNothing
	}
	return report.ExitOK
}

// beforeOutput calls first before the first byte goes through.
type beforeOutput struct {
	w     io.Writer
	first func()
	once  sync.Once
}

func (b *beforeOutput) Write(p []byte) (int, error) {
	b.once.Do(b.first)
	return b.w.Write(p)
}
