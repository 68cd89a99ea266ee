package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/report"
)

// bundleCommand looks into bundles. All of it happens in a worker process,
// because a bundle is what somebody sent.
func (a *app) bundleCommand() *cobra.Command {
	c := command(&cobra.Command{
		Use:   "bundle",
		Short: "Look into a bundle: info, ls, cat, grep, timeline, verify",
		Example: `asrdiag bundle info bundle.zip
asrdiag bundle cat bundle.zip facts/services.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usagef("asrdiag bundle --help", "say what to do with the bundle: info, ls, cat, grep, timeline or verify")
		},
	})
	a.identityFlag(c.PersistentFlags())
	c.AddCommand(a.bundleInfoCommand(), a.bundleLsCommand(), a.bundleCatCommand(), a.bundleVerifyCommand(), a.bundleGrepCommand(), a.bundleTimelineCommand())
	return c
}

// bundleVerb makes the command of a verb; job fills in what it takes besides the
// bundle.
func (a *app) bundleVerb(c *cobra.Command, job func(args []string) analyzer.BundleJob) *cobra.Command {
	var inner string
	c.Flags().StringVar(&inner, "inner", "", "take the bundle `NAME` in an archive that holds several")
	c.RunE = func(c *cobra.Command, args []string) error {
		j := job(args[1:])
		j.Path, j.Inner = args[0], inner
		return a.bundle(c.Context(), j)
	}
	return command(c)
}

func (a *app) bundleInfoCommand() *cobra.Command {
	return a.bundleVerb(&cobra.Command{
		Use:   "info BUNDLE",
		Short: "Print what a bundle is: host, window, sources, integrity",
		Long: `info prints what a bundle is: host, window, sources, integrity. Of an archive
that holds several bundles it lists their names, for --inner.`,
		Example: `asrdiag bundle info bundle.zip
asrdiag bundle info sent.zip --inner ps01.zip
asrdiag bundle info --identity support.key bundle.zip.age`,
		Args: cobra.ExactArgs(1),
	}, func([]string) analyzer.BundleJob { return analyzer.BundleJob{Verb: "info"} })
}

func (a *app) bundleLsCommand() *cobra.Command {
	return a.bundleVerb(&cobra.Command{
		Use:   "ls BUNDLE [GLOB]...",
		Short: "List the files of a bundle",
		Long: `ls lists the files of a bundle with size and source time. A GLOB (*, ?, **) is
matched against the whole path, without regard to case. Of an archive that holds
several bundles it lists their names, for --inner.`,
		Example: `asrdiag bundle ls bundle.zip
asrdiag bundle ls bundle.zip "logs/**/*.log"`,
		Args: cobra.MinimumNArgs(1),
	}, func(args []string) analyzer.BundleJob { return analyzer.BundleJob{Verb: "ls", Args: args} })
}

func (a *app) bundleCatCommand() *cobra.Command {
	return a.bundleVerb(&cobra.Command{
		Use:   "cat BUNDLE FILE...",
		Short: "Print files of a bundle as they are",
		Long: `cat prints files of a bundle: byte for byte into a file or a pipe, and as text
that cannot act on it to a terminal.`,
		Example: `asrdiag bundle cat bundle.zip facts/services.json
asrdiag bundle cat bundle.zip collect.log | less
asrdiag bundle cat sent.zip --inner ps01.zip facts/services.json`,
		Args: cobra.MinimumNArgs(2),
	}, func(args []string) analyzer.BundleJob {
		return analyzer.BundleJob{Verb: "cat", Args: args, Raw: !isTerminal(a.stdout)}
	})
}

func (a *app) bundleVerifyCommand() *cobra.Command {
	return a.bundleVerb(&cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Compare every file of a bundle with its manifest",
		Long: `verify reads every file of a bundle and says what is missing, changed or extra.

Exit codes:
  0  the bundle is what its manifest says
  1  asrdiag failed: no such file, not an archive, no bundle in it, a newer
     format
  2  usage
  4  the bundle is damaged or was cut off`,
		Example: `asrdiag bundle verify bundle.zip`,
		Args:    cobra.ExactArgs(1),
	}, func([]string) analyzer.BundleJob { return analyzer.BundleJob{Verb: "verify"} })
}

func (a *app) bundle(ctx context.Context, job analyzer.BundleJob) error {
	pool, err := a.pool(1)
	if err != nil {
		return err
	}
	defer pool.Close()
	if job.Path, err = a.input(ctx, job.Path); err != nil {
		return err
	}
	job.Packs = a.logPacks()
	job.Note = func(text string) { a.printPrefixed("note", text) }
	err = pool.Bundle(ctx, job, a.stdout)
	var remote *analyzer.Error
	if errors.As(err, &remote) && (remote.Code == analyzer.CodeDamaged || remote.Code == analyzer.CodeWorkerDied) {
		return &failure{err, remote.Hint, report.ExitIncomplete}
	}
	return err
}

// logPacks are the packs that know logs, for what is no bundle and consists of
// such. Where packs cannot be had, there is nothing but bundles.
func (a *app) logPacks() []analyzer.PackRef {
	d, err := a.openDesk()
	if err != nil {
		return nil
	}
	all, _, err := d.all(a.peekEmbedded, true)
	if err != nil {
		return nil
	}
	var refs []analyzer.PackRef
	for _, p := range sorted(newest(all)) {
		refs = append(refs, p.ref)
	}
	return refs
}

// input gives the path of a bundle, which may come on stdin or through a pipe.
func (a *app) input(ctx context.Context, name string) (string, error) {
	if f, ok := a.stdin.(*os.File); ok && name == analyzer.Stdin && term.IsTerminal(int(f.Fd())) {
		return "", usagef("name a file, or pipe one in: ssh HOST asrcollect --out - | asrdiag -", "standard input is a terminal, not a bundle")
	}
	path, err := a.inputs.Path(ctx, name)
	var e *analyzer.Error
	if errors.As(err, &e) && e.Code == analyzer.CodeUsage {
		return "", usagef(e.Hint, "%s", e.Msg)
	}
	return path, err
}
