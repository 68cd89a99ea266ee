package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) packSignCommand() *cobra.Command {
	var key keyFlags
	c := command(&cobra.Command{
		Use:   "sign --key KEY FILE",
		Short: "Sign a pack: write FILE.minisig",
		Long: `sign checks that FILE is a pack and writes its signature to FILE.minisig, in
minisign's format. The minisign program verifies it, too: minisign -HVm FILE -p
KEY.pub`,
		Example: `asrdiag pack sign --key support.key asr-process-server-1.2.0.asrpack`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.packSign(key, args[0]) },
	})
	key.flags(c.Flags(), "secret key `FILE` (required)")
	return c
}

func (a *app) packSign(o keyFlags, file string) error {
	if o.key == "" {
		return usagef("asrdiag pack keygen --out KEY makes one", "--key is missing")
	}
	raw, err := readFile(file, packfile.MaxPackBytes)
	if err != nil {
		return err
	}
	if _, err := openRecovering(raw); err != nil {
		return packFailure(file, err)
	}
	key, err := a.loadKey(o)
	if err != nil {
		return err
	}
	if err := sign(key, file, raw); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "signed %s by key %016X\n", file+packfile.SignatureExt, key.ID())
	return nil
}
