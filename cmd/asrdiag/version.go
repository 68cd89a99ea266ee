package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) versionCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:     "version",
		Short:   "Print the version of asrdiag, of its formats and of its packs",
		Example: `asrdiag version`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(a.stdout, "asrdiag %s\n", version)
			if label := a.buildLabel(); label != "" {
				fmt.Fprintf(a.stdout, "%s\n", label)
			}
			fmt.Fprintf(a.stdout, "engine %s\n", packfile.EngineVersion)
			fmt.Fprintf(a.stdout, "check ABI %s\n", abi.Version)
			fmt.Fprintf(a.stdout, "pack format %d\n", packfile.Format)
			fmt.Fprintf(a.stdout, "bundle format %d.%d\n", bundles.Version, bundles.Minor)
			return a.versionOfPacks()
		},
	})
}

// versionOfPacks prints the packs that analyze uses.
func (a *app) versionOfPacks() error {
	use, err := a.usePacks(packFlags{}, a.peekEmbedded, true)
	if errors.Is(err, errNoPacks) {
		fmt.Fprintln(a.stdout, "no check packs")
		return nil
	}
	if err != nil {
		return err
	}
	for _, p := range use.packs {
		fmt.Fprintf(a.stdout, "pack %s %s (release %d), %s\n", p.Manifest.Name, p.Manifest.Version, p.Manifest.Release, p.state())
	}
	return nil
}
