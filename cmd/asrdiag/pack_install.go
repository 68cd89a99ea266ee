package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/cmd/asrdiag/internal/packstore"
)

func (a *app) packInstallCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "install FILE...",
		Short: "Install packs that are signed by a trusted key",
		Long: `install checks the signature FILE.minisig over the bytes of FILE, before it
looks into it; then that the pack is whole and that this asrdiag can run it. It
compiles the modules, so that the first analysis need not, and puts pack and
signature into the store. Nothing is installed when one of the files is refused.

Versions are installed side by side, and analyze uses the newest. An older one
may be installed, too: --pack NAME@VERSION names it for a run. A version that is
there with other bytes is refused. Unsigned packs are not installed; they run
with analyze --pack FILE --allow-unsigned.

Exit codes:
  0  the packs are installed
  1  they are not; the message says why
  2  usage`,
		Example: `asrdiag pack install asr-process-server-1.2.0.asrpack
asrdiag pack install *.asrpack`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.packInstall(c.Context(), expand(args)) },
	})
}

// incoming is a pack on its way into the store.
type incoming struct {
	pack
	raw, sig []byte
}

func (a *app) packInstall(ctx context.Context, files []string) error {
	d, err := a.openDesk()
	if err != nil {
		return err
	}
	if err := d.needStore(); err != nil {
		return err
	}
	embedded, err := a.embeddedPacks(a.peekEmbedded)
	if err != nil {
		return err
	}
	var list []incoming
	for _, file := range files {
		in, err := d.receive(file)
		if err == nil {
			err = a.admissible(in, embedded, list)
		}
		if err != nil {
			return err
		}
		list = append(list, in)
	}
	if err := a.compilePacks(ctx, list); err != nil {
		return err
	}
	for _, in := range list {
		if err := d.install(in); err != nil {
			return err
		}
	}
	return nil
}

// receive reads a pack and its signature once, verifies these bytes, and opens
// them.
func (d *desk) receive(file string) (incoming, error) {
	raw, err := readRegular(file, packfile.MaxPackBytes)
	if err != nil {
		return incoming{}, failed(err, "name a file *"+packfile.Ext)
	}
	sig, err := readSignature(file)
	if err != nil {
		return incoming{}, packFailure(file, err)
	}
	p, err := recovering(func() (*packfile.Pack, error) { return packfile.OpenSigned(raw, sig, d.keys) })
	if errors.Is(err, packfile.ErrUnsigned) {
		if pack, is := strings.CutSuffix(file, packfile.SignatureExt); is {
			return incoming{}, failed(fmt.Errorf("%q is a signature, not a pack", file), "name the pack: "+pack)
		}
		return incoming{}, failed(fmt.Errorf("pack %q: %w: there is no %q", file, err, file+packfile.SignatureExt),
			"put the signature beside the pack; without one it can be run: asrdiag analyze --pack "+file+" --allow-unsigned BUNDLE")
	}
	if err != nil {
		return incoming{}, packFailure(file, err)
	}
	in, err := fromFile(file, p)
	return incoming{in, raw, sig}, err
}

// admissible reports why a pack that is well signed must not be installed.
func (a *app) admissible(in incoming, embedded []pack, others []incoming) error {
	m := in.Manifest
	if m.Bundle.Version != bundles.Version {
		return failed(fmt.Errorf("pack %q: it is for bundles of format %d, this asrdiag reads format %d", in.at, m.Bundle.Version, bundles.Version),
			"use a newer asrdiag, or another release of the pack")
	}
	for _, o := range others {
		if o.Manifest.FileName() == m.FileName() && o.SHA256 != in.SHA256 {
			return failed(fmt.Errorf("%q and %q are both %s %s, with other bytes", o.at, in.at, m.Name, m.Version), "name one of them")
		}
	}
	return a.collision(in, embedded)
}

// collision reports a pack that claims to be the very release that is part of
// the program and is not.
func (a *app) collision(in incoming, embedded []pack) error {
	for _, e := range embedded {
		if e.Manifest.Name != in.Manifest.Name || e.Manifest.Compare(in.Manifest) != 0 {
			continue
		}
		p, err := a.openEmbedded(e.ref.Embedded)
		if err != nil {
			return err
		}
		if p.SHA256 != in.SHA256 {
			return failed(fmt.Errorf("pack %q: %s %s (release %d) is part of asrdiag, with other bytes", in.at, in.Manifest.Name, in.Manifest.Version, in.Manifest.Release),
				"raise release and version in its pack.json and build it again, or name it for a run: --pack "+in.at)
		}
	}
	return nil
}

// compilePacks has a worker compile the modules, which is also the first time
// that anybody looks at them.
func (a *app) compilePacks(ctx context.Context, list []incoming) error {
	pool, err := a.pool(1)
	if err != nil {
		return err
	}
	defer pool.Close()
	for _, in := range list {
		if err := pool.Prepare(ctx, in.ref); err != nil {
			return err
		}
	}
	return nil
}

// install puts a pack into the store and says what that means for analyses.
func (d *desk) install(in incoming) error {
	m := in.Manifest
	changed, err := d.store.Install(m, in.raw, in.sig)
	switch {
	case errors.Is(err, packstore.ErrDiffers):
		return failed(fmt.Errorf("pack %q: %w", in.at, err),
			fmt.Sprintf("a version never changes: get one with another number, or first asrdiag pack remove %s@%s", m.Name, m.Version))
	case errors.Is(err, packstore.ErrBusy):
		return failed(fmt.Errorf("install pack %q: %w", in.at, err), "wait for it to end, and run the command again")
	case err != nil:
		return failed(fmt.Errorf("install pack %q: %w", in.at, err), "see that there is room and that you may write to "+d.store.Packs)
	}
	verb := "installed"
	if !changed {
		verb = "is there already:"
	}
	fmt.Fprintf(d.app.stdout, "%s %s %s (release %d), %s, %s\n", verb, m.Name, m.Version, m.Release, in.state(), count(len(in.Checks()), "check"))
	return d.tellUse(in.pack)
}

// tellUse says which pack of a name analyses use now.
func (d *desk) tellUse(p pack) error {
	m := p.Manifest
	all, _, err := d.all(d.app.peekEmbedded, true)
	if err != nil {
		return err
	}
	used, ok := newest(all)[m.Name]
	if ok && used.Manifest.Compare(m) != 0 {
		fmt.Fprintf(d.app.stdout, "  analyze uses %s (release %d), %s, which is newer;\n  --pack %s@%s names this one for a run\n",
			used.Manifest.Version, used.Manifest.Release, used.state(), m.Name, m.Version)
	}
	return nil
}
