package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/asrdiag/asrdiag/analyzer/render"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// packFlags choose the packs of a run.
type packFlags struct {
	files         []string
	allowUnsigned bool
}

func (o *packFlags) flags(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.files, "pack", "p", nil, "use this `PACK`, a file, NAME or NAME@VERSION, instead of the newest one of its name (repeatable)")
	f.BoolVar(&o.allowUnsigned, "allow-unsigned", false, "accept a file as --pack that has no signature")
}

func (a *app) explainCommand() *cobra.Command {
	var o packFlags
	c := command(&cobra.Command{
		Use:   "explain CHECK",
		Short: "Print what a check looks at, why it matters and how to fix it",
		Long: `explain prints the page of a check: what it reads, why it matters and how to fix
it. CHECK is the id in a report; without the pack's name when it is unique.`,
		Example: `asrdiag explain cache-free-space
asrdiag explain asr-process-server/cache-free-space`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(o, args[0]) },
	})
	o.flags(c.Flags())
	return c
}

func (a *app) explain(o packFlags, id string) error {
	use, err := a.usePacks(o, a.openEmbedded, false)
	if err != nil {
		return err
	}
	checks := listChecks(use.packs)
	found := lookUp(checks, id)
	switch len(found) {
	case 0:
		return failed(fmt.Errorf("no check %q in the packs", id), suggest(checks, id))
	case 1:
		_, err := fmt.Fprint(a.stdout, render.Reflow(packfile.CheckDoc(found[0].pack, found[0].Check), width(a.stdout)))
		return err
	}
	return failed(fmt.Errorf("check %q is in %d packs", id, len(found)), "asrdiag explain "+strings.Join(qualifiedIDs(found), ", asrdiag explain "))
}

// packCheck is a check and the pack that it is in.
type packCheck struct {
	abi.Check
	pack string
}

func (c packCheck) qualified() string { return c.pack + "/" + c.ID }

func listChecks(packs []pack) []packCheck {
	var list []packCheck
	for _, p := range packs {
		for _, c := range p.Checks() {
			list = append(list, packCheck{c, p.Manifest.Name})
		}
	}
	return list
}

func qualifiedIDs(checks []packCheck) []string {
	ids := make([]string, len(checks))
	for i, c := range checks {
		ids[i] = c.qualified()
	}
	slices.Sort(ids)
	return ids
}

// lookUp finds checks by bare or qualified id, and by an id that one replaces.
func lookUp(checks []packCheck, id string) []packCheck {
	var found, replaced []packCheck
	for _, c := range checks {
		switch {
		case id == c.ID || id == c.qualified():
			found = append(found, c)
		case slices.Contains(c.Replaces, id):
			replaced = append(replaced, c)
		}
	}
	if len(found) == 0 {
		return replaced
	}
	return found
}

// suggest names up to three checks whose id is near, else says how to list all.
func suggest(checks []packCheck, id string) string {
	_, bare, ok := strings.Cut(id, "/")
	if !ok {
		bare = id
	}
	type candidate struct {
		id       string
		distance int
	}
	var near []candidate
	for _, c := range checks {
		d := distance(bare, c.ID)
		if len(bare) >= 3 && strings.Contains(c.ID, bare) {
			d = 0
		}
		if d <= max(2, len(bare)/4) {
			near = append(near, candidate{c.ID, d})
		}
	}
	slices.SortStableFunc(near, func(x, y candidate) int { return x.distance - y.distance })
	if len(near) == 0 {
		return "asrdiag pack show lists the checks"
	}
	var ids []string
	for _, c := range near {
		if !slices.Contains(ids, c.id) && len(ids) < 3 {
			ids = append(ids, c.id)
		}
	}
	return "asrdiag explain " + strings.Join(ids, ", asrdiag explain ")
}

// distance is Levenshtein's: how many letters to change, add or remove.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
