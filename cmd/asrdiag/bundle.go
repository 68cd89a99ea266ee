package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/report"
)

// bundleCommand looks into bundles. All of it happens in a worker process,
// because a bundle is what somebody sent.
func (a *app) bundleCommand() *cobra.Command {
	c := command(&cobra.Command{
		Use:   "bundle",
		Short: "Look into a bundle: info, ls, cat, verify",
		Example: `asrdiag bundle info bundle.zip
asrdiag bundle cat bundle.zip facts/services.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usagef("asrdiag bundle --help", "say what to do with the bundle: info, ls, cat or verify")
		},
	})
	c.AddCommand(a.bundleInfoCommand(), a.bundleLsCommand(), a.bundleCatCommand(), a.bundleVerifyCommand())
	return c
}

func (a *app) bundleInfoCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:     "info BUNDLE",
		Short:   "Print what a bundle is: host, window, sources, integrity",
		Example: `asrdiag bundle info bundle.zip`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.bundle(c.Context(), analyzer.BundleJob{Verb: "info", Path: args[0]})
		},
	})
}

func (a *app) bundleLsCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "ls BUNDLE [GLOB]...",
		Short: "List the files of a bundle",
		Long: `ls lists the files of a bundle with size and source time. A GLOB (*, ?, **) is
matched against the whole path, without regard to case.`,
		Example: `asrdiag bundle ls bundle.zip
asrdiag bundle ls bundle.zip "logs/**/*.log"`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.bundle(c.Context(), analyzer.BundleJob{Verb: "ls", Path: args[0], Args: args[1:]})
		},
	})
}

func (a *app) bundleCatCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "cat BUNDLE FILE...",
		Short: "Print files of a bundle as they are",
		Long: `cat prints files of a bundle: byte for byte into a file or a pipe, and as text
that cannot act on it to a terminal.`,
		Example: `asrdiag bundle cat bundle.zip facts/services.json
asrdiag bundle cat bundle.zip collect.log | less`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return a.bundle(c.Context(), analyzer.BundleJob{Verb: "cat", Path: args[0], Args: args[1:], Raw: !isTerminal(a.stdout)})
		},
	})
}

func (a *app) bundleVerifyCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Compare every file of a bundle with its manifest",
		Long: `verify reads every file of a bundle and says what is missing, changed or extra.

Exit codes:
  0  the bundle is what its manifest says
  1  asrdiag failed: no such file, not an archive, no bundle in it, newer format
  2  usage
  4  the bundle is damaged or was cut off`,
		Example: `asrdiag bundle verify bundle.zip`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.bundle(c.Context(), analyzer.BundleJob{Verb: "verify", Path: args[0]})
		},
	})
}

func (a *app) bundle(ctx context.Context, job analyzer.BundleJob) error {
	pool, err := a.pool(1)
	if err != nil {
		return err
	}
	defer pool.Close()
	err = pool.Bundle(ctx, job, a.stdout)
	var remote *analyzer.Error
	if errors.As(err, &remote) && (remote.Code == analyzer.CodeDamaged || remote.Code == analyzer.CodeWorkerDied) {
		return &failure{err, remote.Hint, report.ExitIncomplete}
	}
	return err
}
