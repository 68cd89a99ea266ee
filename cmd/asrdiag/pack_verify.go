package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) packVerifyCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "verify FILE",
		Short: "Check the signature and the content of a pack",
		Long: `verify checks the signature FILE.minisig over the bytes of the pack, then every
digest in it and whether this asrdiag can run it.

Exit codes:
  0  the pack is signed by a trusted key and whole
  1  it is not; the message says why
  2  usage`,
		Example: `asrdiag pack verify asr-process-server-1.2.0.asrpack`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.loadPack(args[0], false)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s: %s %s (release %d), %s, %s\n", args[0],
				p.Manifest.Name, p.Manifest.Version, p.Manifest.Release, p.state(), count(len(p.Checks()), "check"))
			return nil
		},
	})
}
