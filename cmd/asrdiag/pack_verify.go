package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) packVerifyCommand() *cobra.Command {
	return command(&cobra.Command{
		Use:   "verify [NAME[@VERSION] | FILE]...",
		Short: "Check the signatures and the content of packs",
		Long: `verify checks the signature FILE.minisig over the bytes of a pack, then every
digest in it and whether this asrdiag can run it: of files, of installed packs,
or, without arguments, of all that are installed.

Exit codes:
  0  the packs are signed by a trusted key and whole
  1  one is not; the message says why
  2  usage`,
		Example: `asrdiag pack verify asr-process-server-1.2.0.asrpack
asrdiag pack verify`,
		RunE: func(_ *cobra.Command, args []string) error { return a.packVerify(args) },
	})
}

// packVerify tells of every pack, and fails with the last that is not good.
func (a *app) packVerify(args []string) error {
	d, err := a.openDesk()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{""}
	}
	var failures []error
	for _, arg := range args {
		failures = append(failures, d.verify(arg)...)
	}
	if len(failures) == 0 {
		return nil
	}
	for _, err := range failures[:len(failures)-1] {
		a.printError(err)
	}
	return failures[len(failures)-1]
}

// verify verifies a file, or the installed packs that a name means; an empty one
// means all.
func (d *desk) verify(arg string) []error {
	name, version, ok := splitName(arg)
	if arg != "" && !ok {
		p, err := d.loadPack(arg, false)
		if err != nil {
			return []error{err}
		}
		d.tellGood(arg, p)
		return nil
	}
	if err := d.needStore(); err != nil {
		return []error{err}
	}
	entries, _, err := d.store.Entries()
	if err != nil {
		return []error{err}
	}
	var failures []error
	found := false
	for _, e := range entries {
		if arg != "" && (e.Name != name || version != "" && e.Version != version) {
			continue
		}
		found = true
		p, err := recovering(func() (*packfile.Pack, error) { return e.Open(d.keys, true) })
		if err != nil {
			failures = append(failures, installedFailure(e, err))
			continue
		}
		d.tellGood(e.Name+"@"+e.Version, fromStore(e, p, false))
	}
	if !found && arg != "" {
		failures = append(failures, d.notInstalled(arg))
	}
	if !found && arg == "" {
		fmt.Fprintln(d.app.stdout, "no pack is installed")
	}
	return failures
}

func (d *desk) tellGood(what string, p pack) {
	fmt.Fprintf(d.app.stdout, "%s: %s %s (release %d), %s, %s\n", oneLine(what),
		p.Manifest.Name, p.Manifest.Version, p.Manifest.Release, p.state(), count(len(p.Checks()), "check"))
}
