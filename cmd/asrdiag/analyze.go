package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/render"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// analyzeOptions are the flags of analyze.
type analyzeOptions struct {
	packFlags
	format     string
	out        string
	failOn     string
	role       string
	deployment string
	zone       string
	jobs       int
	verbose    bool
}

func (o *analyzeOptions) flags(f *pflag.FlagSet) {
	o.packFlags.flags(f)
	f.StringVarP(&o.format, "format", "f", "table", "`FORMAT` of the report: table, json or html")
	f.StringVarP(&o.out, "out", "o", "", "write the report to `FILE`, with several bundles as html into a folder; - is stdout")
	f.StringVar(&o.failOn, "fail-on", "critical", "exit 3 for findings at or above this `SEVERITY`: critical, warning, info, or never")
	f.StringVar(&o.role, "role", "", "take the machine for this `ROLE`: process-server or source-machine")
	f.StringVar(&o.deployment, "deployment", "", "take the machine for this `DEPLOYMENT`: standalone, configuration-server, ...")
	f.StringVar(&o.zone, "tz", "", "read local times in raw logs as those of `ZONE`: Europe/Berlin, +02:00 (default: UTC)")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "analyze up to `N` bundles at a time (default: one a CPU, at most 4)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also list the checks that passed or had not enough data")
}

func (a *app) analyzeCommand() *cobra.Command {
	var o analyzeOptions
	c := command(&cobra.Command{
		Use:   "analyze FILE...",
		Short: "Run the check packs over bundles and report what is wrong",
		Long: `analyze opens bundles, runs the check packs over them, and reports what is
wrong, with the evidence and the remedy. Bundles are zips of asrcollect, the
same tree in a folder or another archive (tar, 7z, rar), or an archive or a
folder that holds several; - is standard input.

Logs without a bundle are read too: a log, a folder or an archive of logs, the
folder of the script asrcollect.cmd or asrcollect.sh. Logs are known by their
names and by their first lines. The role is then guessed, and the exit code is
4, because nothing but logs is known. --tz says of which zone their local times
are.

Bundles that asrcollect has encrypted (.zip.age) are opened with --identity: the
file that age-keygen wrote, whose public half the customer gave to --encrypt-to.

Of several bundles --jobs are analyzed at a time, those of less than 32 MiB on
one core each; a larger one, or a single one, uses all cores.

With --format json one bundle gives one document, several give one a line.

` + exitCodes,
		Example: `asrdiag analyze bundle.zip
asrdiag analyze --format json --fail-on warning bundle.zip
asrdiag analyze --pack my-pack-1.0.0.asrpack bundle.zip
ssh HOST asrcollect --out - | asrdiag analyze -
asrdiag analyze --identity support.key bundle.zip.age
asrdiag analyze --tz Europe/Berlin svsystems/
asrdiag analyze --format html --out report.html bundle.zip`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.analyze(c.Context(), o, args) },
	})
	o.flags(c.Flags())
	a.identityFlag(c.Flags())
	return c
}

// validate checks the flags, and gives the severity of --fail-on.
func (o analyzeOptions) validate(bundles int) (failOn abi.Severity, err error) {
	const hint = "asrdiag analyze --help"
	switch o.format {
	case "table", "json", "html":
	default:
		return "", usagef(hint, "format %q is none of table, json and html", o.format)
	}
	if o.jobs < 0 {
		return "", usagef(hint, "%d jobs are not possible", o.jobs)
	}
	if o.format == "html" && bundles > 1 && !isFolder(o.out) {
		return "", severalPages()
	}
	for _, word := range []struct {
		flag, given string
		known       []string
	}{{"role", o.role, roles()}, {"deployment", o.deployment, deployments()}} {
		if word.given != "" && !slices.Contains(word.known, word.given) {
			return "", usagef(hint, "%s %q is none of %s", word.flag, word.given, strings.Join(word.known, ", "))
		}
	}
	if err := analyzer.CheckZone(o.zone); err != nil {
		return "", usagef("name it as Europe/Berlin, or as +02:00", "%v", err)
	}
	if o.failOn == "never" {
		return "", nil
	}
	if s := abi.Severity(o.failOn); s.Rank() > 0 {
		return s, nil
	}
	return "", usagef(hint, "fail-on %q is none of critical, warning, info and never", o.failOn)
}

func severalPages() error {
	return usagef("make a folder and name it with --out", "several bundles as html need a folder to write to")
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// checkOut says before the work whether its result has a place to go to.
func (o analyzeOptions) checkOut() error {
	switch {
	case o.out == "" || o.out == "-":
		return nil
	case isFolder(o.out) && o.format != "html":
		return usagef("name a file", "--out %q is a folder", o.out)
	case !isFolder(filepath.Dir(o.out)):
		return failed(fmt.Errorf("write %q: there is no folder %q", o.out, filepath.Dir(o.out)), "make the folder, or name another one")
	}
	return nil
}

func (a *app) analyze(ctx context.Context, o analyzeOptions, args []string) error {
	files := expand(args)
	failOn, err := o.validate(len(files))
	if err != nil {
		return err
	}
	if err := o.checkOut(); err != nil {
		return err
	}
	use, err := a.usePacks(o.packFlags, a.peekEmbedded, true)
	if err != nil {
		return err
	}
	a.warnUnsigned(use.packs)
	for i := range files {
		if files[i], err = a.input(ctx, files[i]); err != nil {
			return err
		}
	}
	pool, err := a.pool(o.jobs)
	if err != nil {
		return err
	}
	defer pool.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := reportWriter{app: a, options: o, several: len(files) > 1 || o.format == "html" && isFolder(o.out)}
	codes := exitCodesOf{}
	bars := a.newProgress()
	list := startAll(ctx, pool, o, use, files, bars)
	defer func() { // jobs tidy up at their end, so wait for it
		cancel()
		for _, r := range list {
			<-r.done
		}
	}()
	linked := len(list) <= analyzer.CaseSize
	if bars != nil || linked { // bars and reports cannot share a terminal
		for _, r := range list {
			<-r.done
		}
	}
	if bars != nil {
		bars.wait()
	}
	if linked {
		linkCases(list)
	}
	for _, r := range list {
		<-r.done
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.writeAnswers(&w, &codes, r, failOn); err != nil {
			return err
		}
	}
	a.code = codes.combined()
	return w.close()
}

// linkCases links the findings of bundles of the same case.
func linkCases(list []*running) {
	var reports []*report.Report
	for _, r := range list {
		for _, answer := range r.answers {
			if answer.Report != nil {
				reports = append(reports, answer.Report)
			}
		}
	}
	if len(reports) <= analyzer.CaseSize {
		analyzer.LinkCase(reports)
	}
}

// writeAnswers writes what became of the bundles in one file.
func (a *app) writeAnswers(w *reportWriter, codes *exitCodesOf, r *running, failOn abi.Severity) error {
	w.several = w.several || len(r.answers) > 1
	for _, n := range r.notes {
		a.printPrefixed("note", filepath.Base(r.file)+": "+n)
	}
	for _, answer := range r.answers {
		if answer.Err != nil {
			a.printError(answer.Err)
			codes.addError(answer.Err)
			continue
		}
		if err := w.write(answer.Report, pageName(r.file, answer.Inner)); err != nil {
			return err
		}
		codes.add(answer.Report.ExitCode(failOn))
	}
	return nil
}

// pageName names the page of a bundle, which may be in an archive with others.
func pageName(file, inner string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".zip")
	if inner == "" {
		return name + ".html"
	}
	plain := func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".-_", r)) {
			return r
		}
		return '_'
	}
	return name + "-" + strings.Map(plain, strings.TrimSuffix(inner, ".zip")) + ".html"
}

func (a *app) warnUnsigned(packs []pack) {
	for _, p := range packs {
		if p.Unsigned {
			a.warnf("pack %q is not signed: nobody vouches for what it says", p.at)
		}
	}
}

// exitCodesOf collects what several bundles ended with.
type exitCodesOf struct {
	worst              int
	failed, incomplete bool
	answered           bool // at least one has a report
}

func (e *exitCodesOf) add(code int) {
	e.answered = true
	e.worst = max(e.worst, code)
}

// addError counts a bundle without a report. That a worker died is not the
// same as a file that is no bundle.
func (e *exitCodesOf) addError(err error) {
	var remote *analyzer.Error
	if errors.As(err, &remote) && (remote.Code == analyzer.CodeWorkerDied || remote.Code == analyzer.CodeDamaged) {
		e.incomplete = true
		return
	}
	e.failed = true
}

// combined: 1 only when nothing could be read, 4 when some could not; else the
// worst, where 4 beats 3 beats 0.
func (e exitCodesOf) combined() int {
	switch {
	case e.incomplete, e.failed && e.answered:
		return report.ExitIncomplete
	case e.failed:
		return report.ExitFailed
	}
	return e.worst
}

// expand replaces patterns by the files that match, because not every shell
// does. A pattern without a match stays, and is then a file that is not there.
func expand(args []string) []string {
	var files []string
	for _, arg := range args {
		if _, err := os.Lstat(arg); err == nil || !strings.ContainsAny(arg, "*?[") {
			files = append(files, arg)
			continue
		}
		if matches, err := filepath.Glob(arg); err == nil && len(matches) > 0 {
			files = append(files, matches...)
			continue
		}
		files = append(files, arg)
	}
	return files
}

// running is an analysis under way.
type running struct {
	file    string
	done    chan struct{} // closed when the rest is there
	answers []analyzer.Answer
	notes   []string
}

// startAll hands all bundles to the pool, which takes as many at a time as it
// has workers.
func startAll(ctx context.Context, pool *analyzer.Pool, o analyzeOptions, use selection, files []string, bars *progress) []*running {
	refs := make([]analyzer.PackRef, len(use.packs))
	for i, p := range use.packs {
		refs[i] = p.ref
	}
	list := make([]*running, len(files))
	for i, file := range files {
		r := &running{file: file, done: make(chan struct{})}
		list[i] = r
		job := analyzer.AnalyzeJob{Path: file, Packs: refs, Refused: use.inReport(), Role: o.role, Deployment: o.deployment, Zone: o.zone, Several: len(files) > 1}
		go func() {
			defer close(r.done)
			step, done := bars.bundle(file)
			defer done()
			job.Progress = step
			r.answers, r.notes = pool.AnalyzeAll(ctx, job)
		}()
	}
	return list
}

// reportWriter writes reports as they come, to stdout or to a file.
type reportWriter struct {
	app     *app
	options analyzeOptions
	several bool
	count   int
	file    bytes.Buffer // what goes to --out
	pages   []string     // written to the folder of --out
}

// write writes one report; page is the name of its page where several go into a
// folder.
func (w *reportWriter) write(r *report.Report, page string) error {
	if w.several && w.options.format == "html" {
		return w.writePage(r, page)
	}
	out := io.Writer(&w.file)
	if w.toStdout() {
		out = w.app.stdout
	}
	if w.count++; w.count > 1 && w.options.format == "table" {
		if _, err := fmt.Fprintln(out); err != nil {
			return err
		}
	}
	return w.render(out, r)
}

func (w *reportWriter) toStdout() bool { return w.options.out == "" || w.options.out == "-" }

func (w *reportWriter) render(out io.Writer, r *report.Report) error {
	switch {
	case w.options.format == "html":
		return render.HTML(out, r, w.app.now())
	case w.options.format == "json" && w.several:
		return render.JSONLine(out, r)
	case w.options.format == "json":
		return render.JSON(out, r)
	}
	return render.Table(out, r, render.TableOptions{
		Width: width(out), Color: color(out), Verbose: w.options.verbose, Now: w.app.now(),
	})
}

// writePage writes one page a bundle into the folder of --out.
func (w *reportWriter) writePage(r *report.Report, base string) error {
	if !isFolder(w.options.out) {
		return severalPages()
	}
	var page bytes.Buffer
	if err := w.render(&page, r); err != nil {
		return err
	}
	name := filepath.Join(w.options.out, base)
	if slices.Contains(w.pages, name) {
		return failed(fmt.Errorf("write %q: two bundles have this name", name), "analyze them one by one")
	}
	w.pages = append(w.pages, name)
	return writeFile(name, 0o600, page.Bytes())
}

// close writes the file of --out, readable by the user only: reports speak of
// customers' machines.
func (w *reportWriter) close() error {
	if w.toStdout() || w.file.Len() == 0 {
		return nil
	}
	return writeFile(w.options.out, 0o600, w.file.Bytes())
}
