package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/cmd/asrdiag/internal/packstore"
)

func (a *app) packRemoveCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "remove NAME[@VERSION]...",
		Short: "Remove installed packs",
		Long: `remove removes a version of an installed pack, or all its installed versions
when none is named, whether or not they can still be used. Packs that are part
of asrdiag stay.`,
		Example: `asrdiag pack remove asr-process-server@1.2.0
asrdiag pack remove my-pack`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.packRemove(args) },
	})
}

func (a *app) packRemove(args []string) error {
	for _, arg := range args {
		if _, _, ok := splitName(arg); !ok {
			return usagef("asrdiag pack list shows what is installed", "%q is not NAME or NAME@VERSION", arg)
		}
	}
	d, err := a.openDesk()
	if err != nil {
		return err
	}
	if err := d.needStore(); err != nil {
		return err
	}
	for _, arg := range args {
		if err := d.remove(arg); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) remove(arg string) error {
	name, version, _ := splitName(arg)
	removed, err := d.store.Remove(name, version)
	for _, e := range removed {
		fmt.Fprintf(d.app.stdout, "removed %s %s\n", e.Name, e.Version)
	}
	switch {
	case errors.Is(err, packstore.ErrNotThere):
		return d.notInstalled(arg)
	case err != nil:
		return failed(fmt.Errorf("remove pack %s: %w", arg, err), "see that you may write to "+d.store.Packs)
	}
	return d.tellRest(name)
}

// notInstalled tells a pack that is part of the program from one that is not
// there.
func (d *desk) notInstalled(arg string) error {
	name, version, _ := splitName(arg)
	embedded, err := d.app.embeddedPacks(d.app.peekEmbedded)
	if err != nil {
		return err
	}
	for _, p := range embedded {
		if p.Manifest.Name == name && (version == "" || p.Manifest.Version == version) {
			return failed(fmt.Errorf("pack %s is part of asrdiag and cannot be removed", arg), "an installed newer one is used in its place")
		}
	}
	return failed(fmt.Errorf("pack %s is not installed", arg), "asrdiag pack list shows what is")
}

// tellRest says what analyses use of a pack after a version of it has gone.
func (d *desk) tellRest(name string) error {
	all, _, err := d.all(d.app.peekEmbedded, true)
	if err != nil {
		return err
	}
	if p, ok := newest(all)[name]; ok {
		fmt.Fprintf(d.app.stdout, "  analyze uses %s %s, %s\n", name, p.Manifest.Version, p.state())
		return nil
	}
	fmt.Fprintf(d.app.stdout, "  no pack %s is left\n", name)
	return nil
}
