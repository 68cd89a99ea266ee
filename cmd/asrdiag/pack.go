package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) packCommand() *cobra.Command {
	c := command(&cobra.Command{
		Use:   "pack",
		Short: "Work with check packs: list, show, install, trust, build and more",
		Long: `A check pack is a signed file with the knowledge of asrdiag: WebAssembly modules
and their documents. The default packs are part of the program; others are
installed beside them, several versions side by side, and of each pack analyze
uses the newest. The signature is checked at every run, against the keys that
you trust.

Packs and keys are in your own folders: on Linux ~/.local/share/asrdiag/packs
and ~/.config/asrdiag/trust, on Windows %LocalAppData%\asrdiag\packs and
%AppData%\asrdiag\trust, or both below the folder that ASRDIAG_HOME names.`,
		Example: `asrdiag pack list
asrdiag pack trust support.pub
asrdiag pack install asr-process-server-1.2.0.asrpack
asrdiag pack remove asr-process-server@1.2.0`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("asrdiag pack --help", "say what to do: list, show, verify, install, remove, trust, build, sign or keygen")
		},
	})
	c.AddCommand(
		a.packListCommand(), a.packShowCommand(), a.packVerifyCommand(),
		a.packInstallCommand(), a.packRemoveCommand(), a.packTrustCommand(),
		a.packBuildCommand(), a.packSignCommand(), a.packKeygenCommand(),
	)
	return c
}

// keyFlags name a secret key and where its password is.
type keyFlags struct {
	key          string
	passwordFile string
}

func (o *keyFlags) flags(f *pflag.FlagSet, usage string) {
	f.StringVarP(&o.key, "key", "k", "", usage)
	o.passwordFlag(f)
}

func (o *keyFlags) passwordFlag(f *pflag.FlagSet) {
	f.StringVar(&o.passwordFile, "password-file", "", "read the key's password from the first line of `FILE`, - for stdin")
}

const maxKeyFile = 64 << 10

// load reads the secret key.
func (a *app) loadKey(o keyFlags) (packfile.PrivateKey, error) {
	const hint = "asrdiag pack keygen --out KEY makes one"
	text, err := readFile(o.key, maxKeyFile)
	if err != nil {
		return packfile.PrivateKey{}, failed(err, hint)
	}
	password := ""
	if packfile.IsEncrypted(text) {
		if o.passwordFile == "" {
			return packfile.PrivateKey{}, failed(fmt.Errorf("key %q is encrypted", o.key), "--password-file FILE")
		}
		if password, err = a.password(o.passwordFile); err != nil {
			return packfile.PrivateKey{}, err
		}
	}
	key, err := packfile.ParsePrivateKey(text, password)
	if err != nil {
		return key, failed(fmt.Errorf("key %q: %w", o.key, err), hint)
	}
	return key, nil
}

// password reads the first line of a file or of stdin. An empty one is refused:
// it would mean an unencrypted key.
func (a *app) password(file string) (string, error) {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(io.LimitReader(a.stdin, maxKeyFile))
	} else {
		text, err = readFile(file, maxKeyFile)
	}
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", failed(errors.New("the password is empty"), "put it into the first line of the file")
	}
	return line, nil
}

// sign writes the signature file of a pack.
func sign(key packfile.PrivateKey, file string, raw []byte) error {
	sig, err := packfile.Sign(key, raw)
	if err != nil {
		return err
	}
	return writeFile(file+packfile.SignatureExt, 0o644, sig)
}

// writeNew writes a file that must not exist yet.
func writeNew(name string, mode os.FileMode, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("create %q: %w", name, cause(err))
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(name)
		return fmt.Errorf("write %q: %w", name, err)
	}
	return nil
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// count says "1 check", "2 checks".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
