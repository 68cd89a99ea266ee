package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
)

const exitCodes = `Exit codes:
  0  nothing at or above --fail-on
  1  asrdiag failed: no such file, not an archive, no bundle or logs in it,
     newer format
  2  usage
  3  findings at or above --fail-on
  4  the analysis is incomplete or inconclusive: damaged or cut bundle, raw
     logs, fewer than five checks answered, a check that could be critical
     without its data
4 beats 3 beats 0. With several bundles it is 1 only when none could be read;
when some could not, it is 4.`

// rootCommand is asrdiag itself: with a file it analyzes it.
func (a *app) rootCommand() *cobra.Command {
	var o analyzeOptions
	root := command(&cobra.Command{
		Use:   "asrdiag [FILE...]",
		Short: "Find out what is wrong with Azure Site Recovery, from a support bundle",
		Long: `asrdiag opens support bundles made by asrcollect, runs the check packs over
them, and reports what is wrong, with the evidence and the remedy. It needs no
network.

"asrdiag FILE" is "asrdiag analyze FILE".

` + exitCodes,
		Example: `asrdiag asr-bundle-ps01-20260401T081500Z.zip
asrdiag --format html --out report.html asr-bundle-ps01-20260401T081500Z.zip
asrdiag explain cache-free-space`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("asrdiag FILE, or asrdiag --help", "no bundle is named")
			}
			if err := mistyped(c, args[0]); err != nil {
				return err
			}
			return a.analyze(c.Context(), o, args)
		},
	})
	root.SuggestionsMinimumDistance = 2
	cobra.MousetrapHelpText = "" // bundles are dropped on the program in the Explorer
	o.flags(root.Flags())
	a.identityFlag(root.Flags())
	root.AddCommand(
		a.analyzeCommand(), a.bundleCommand(), a.explainCommand(), a.packCommand(), a.licensesCommand(), a.versionCommand(), a.workerCommand(),
	)
	return root
}

// mistyped tells a mistyped subcommand from a file.
func mistyped(root *cobra.Command, word string) error {
	if _, err := os.Lstat(word); err == nil || strings.ContainsAny(word, `./\:*`) {
		return nil
	}
	near := root.SuggestionsFor(word)
	if len(near) == 0 {
		return nil
	}
	return usagef("asrdiag "+strings.Join(near, ", asrdiag "), "no such command or file: %q", word)
}
