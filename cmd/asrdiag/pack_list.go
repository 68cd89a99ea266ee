package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) packListCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "list",
		Short: "List the packs that are built in and installed, and which are used",
		Long: `list lists the packs that are part of asrdiag and those that are installed. Of
each name analyze uses the newest, by release and then by version. An installed
pack whose signature does not hold is listed as refused, with the reason.`,
		Example: `asrdiag pack list`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.packList() },
	})
}

func (a *app) packList() error {
	d, err := a.openDesk()
	if err != nil {
		return err
	}
	packs, bad, err := d.all(a.openEmbedded, false)
	if err != nil {
		return err
	}
	d.warnForeign()
	if len(packs)+len(bad) == 0 {
		return errNoPacks
	}
	if err := a.writeList(packs, bad); err != nil {
		return err
	}
	for _, r := range bad {
		a.printError(installedFailure(r.Entry, r.err))
	}
	if label := a.buildLabel(); label != "" {
		fmt.Fprintf(a.stdout, "\nThis is a %s.\n", label)
	}
	return nil
}

// listed is a row of the list.
type listed struct {
	name, version string
	cells         string // the others
}

// writeList prints the table, the newest version of a name first.
func (a *app) writeList(packs []pack, bad []refused) error {
	use := newest(packs)
	var rows []listed
	for _, p := range packs {
		m := p.Manifest
		used := "-"
		if use[m.Name].ref == p.ref {
			used = "yes"
		}
		rows = append(rows, listed{m.Name, m.Version, fmt.Sprintf("%d\t%d\t%s\t%s", m.Release, len(p.Checks()), used, p.state())})
	}
	for _, r := range bad {
		rows = append(rows, listed{r.Name, r.Version, "?\t?\t-\tREFUSED"})
	}
	slices.SortStableFunc(rows, func(x, y listed) int {
		return cmp.Or(cmp.Compare(x.name, y.name), packfile.CompareVersions(y.version, x.version))
	})
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tRELEASE\tCHECKS\tUSED\tTRUST")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.name, r.version, r.cells)
	}
	return w.Flush()
}

// warnForeign tells what lies in the pack store and is no pack.
func (d *desk) warnForeign() {
	if d.store.Packs == "" {
		return
	}
	_, problems, err := d.store.Entries()
	if err != nil {
		return // told before
	}
	for _, p := range problems {
		if !strings.HasSuffix(p.File, packfile.Ext) {
			d.app.warnf("pack store: %q is not used: %v", p.File, p.Err)
		}
	}
}
