package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) packKeygenCommand() *cobra.Command {
	var o keyFlags
	var out string
	c := command(&cobra.Command{
		Use:   "keygen --out NAME",
		Short: "Make a key pair: NAME.key and NAME.pub",
		Long: `keygen makes a key pair in minisign's format: the secret key NAME.key (readable
by you only) and the public key NAME.pub. Existing files are never overwritten.

Without --password-file the secret key is not encrypted: use it for development
only. Who shall run your packs runs "asrdiag pack trust NAME.pub" and compares
the fingerprint that keygen prints with what you tell; reports show NAME.`,
		Example: `asrdiag pack keygen --out support --password-file -
asrdiag pack keygen --out dev`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.packKeygen(out, o) },
	})
	c.Flags().StringVarP(&out, "out", "o", "", "`NAME` of the files, without suffix (required)")
	o.passwordFlag(c.Flags())
	return c
}

func (a *app) packKeygen(out string, o keyFlags) error {
	if out == "" {
		return usagef("asrdiag pack keygen --out NAME", "--out is missing")
	}
	password := ""
	if o.passwordFile != "" {
		var err error
		if password, err = a.password(o.passwordFile); err != nil {
			return err
		}
	}
	secretFile, publicFile := out+".key", out+packfile.PublicKeyExt
	key, err := writeKeyPair(secretFile, publicFile, password)
	if errors.Is(err, os.ErrExist) {
		return failed(err, "choose another name, or remove the old pair")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "wrote %s and %s, key %016X\n", secretFile, publicFile, key.ID())
	fmt.Fprintf(a.stdout, "  fingerprint  %s\n", halves(packfile.Fingerprint(key)))
	if password == "" {
		a.warnf("%s is not encrypted: use it for development only", secretFile)
	}
	return nil
}

// writeKeyPair writes both files or none.
func writeKeyPair(secretFile, publicFile, password string) (packfile.PublicKey, error) {
	public, secret, err := packfile.GenerateKey()
	if err != nil {
		return public, err
	}
	publicText, err := packfile.MarshalPublicKey(public)
	if err != nil {
		return public, err
	}
	secretText, err := packfile.MarshalPrivateKey(secret, password)
	if err != nil {
		return public, err
	}
	if err := writeNew(secretFile, 0o600, secretText); err != nil {
		return public, err
	}
	if err := writeNew(publicFile, 0o644, publicText); err != nil {
		os.Remove(secretFile)
		return public, err
	}
	return public, nil
}
