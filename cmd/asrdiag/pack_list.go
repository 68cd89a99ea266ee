package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (a *app) packListCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:     "list",
		Short:   "List the packs that analyze uses",
		Example: `asrdiag pack list`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.packList() },
	})
}

func (a *app) packList() error {
	packs, err := a.embeddedPacks(a.openEmbedded)
	if err != nil {
		return err
	}
	if len(packs) == 0 {
		return errNoPacks
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tRELEASE\tCHECKS\tTRUST")
	for _, p := range packs {
		m := p.Manifest
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", m.Name, m.Version, m.Release, len(p.Checks()), p.state())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if label := a.buildLabel(); label != "" {
		fmt.Fprintf(a.stdout, "\nThis is a %s.\n", label)
	}
	return nil
}
