package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) versionCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:     "version",
		Short:   "Print the version of asrdiag and of the formats it speaks",
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
			return nil
		},
	})
}
