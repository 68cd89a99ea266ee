package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/cmd/asrdiag/internal/packstore"
)

// trustOptions are the flags of pack trust.
type trustOptions struct {
	name   string
	list   bool
	remove string
}

func (a *app) packTrustCommand() *cobra.Command {
	var o trustOptions
	c := command(&cobra.Command{
		Use:   "trust [KEY.pub | BASE64]",
		Short: "Trust the packs that a key signs; list or remove such keys",
		Long: `trust puts a public key, a file of minisign's form or the last line of one, into
the trust store: packs that it signed are then installed and run. It prints the
key's fingerprint. Compare it with what the signer tells you in another way,
before you install anything: whoever could change the pack on its way could
change the key as well. The id of a key alone proves nothing.

Without KEY it lists the keys. Removing a key takes effect at once: packs that
it signed are refused at the next run.`,
		Example: `asrdiag pack trust support.pub
asrdiag pack trust --name support RWT...
asrdiag pack trust --list
asrdiag pack trust --remove support`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("remove") && o.remove == "" {
				return usagef("asrdiag pack trust --list shows the keys", "--remove needs a name or an id")
			}
			return a.packTrust(o, args)
		},
	})
	c.Flags().StringVar(&o.name, "name", "", "`NAME` that reports show for the key (default: that of the file)")
	c.Flags().BoolVar(&o.list, "list", false, "list the trusted keys")
	c.Flags().StringVar(&o.remove, "remove", "", "remove the key of this `NAME` or id")
	return c
}

func (a *app) packTrust(o trustOptions, args []string) error {
	switch {
	case o.remove != "" && (len(args) > 0 || o.list || o.name != ""), o.list && (len(args) > 0 || o.name != ""), o.name != "" && len(args) == 0:
		return usagef("asrdiag pack trust --help", "name a key, or --list, or --remove, and not two of them")
	}
	d, err := a.openDesk()
	if err != nil {
		return err
	}
	if len(args) == 0 && o.remove == "" {
		return d.listKeys()
	}
	if err := d.needStore(); err != nil {
		return err
	}
	if o.remove != "" {
		return d.removeKey(o.remove)
	}
	return d.trust(args[0], o.name)
}

// trust adds a key to the trust store and shows what to compare.
func (d *desk) trust(arg, name string) error {
	key, base, err := readPublicKey(arg)
	if err != nil {
		return err
	}
	if name == "" {
		name = base
	}
	for _, k := range d.own.Keys() {
		if k.Key.Equal(key) {
			return failed(fmt.Errorf("key %016X: %w: it is part of asrdiag, as %q", key.ID(), packstore.ErrDuplicate, k.Name), "asrdiag pack trust --list")
		}
	}
	if isNamed(d.own, name) {
		return failed(fmt.Errorf("key %016X: %w: %q is a key of asrdiag itself", key.ID(), packstore.ErrName, name), "--name NAME gives it another one")
	}
	if err := d.store.AddKey(name, key); err != nil {
		return trustFailure(key, err)
	}
	fmt.Fprintf(d.app.stdout, `trusted as %q
  key id       %016X
  public key   %s
  fingerprint  %s
Compare the fingerprint with what the signer tells you in another way before you
install anything. To take it back:
  asrdiag pack trust --remove %s
`, name, key.ID(), key, halves(packfile.Fingerprint(key)), name)
	return nil
}

func trustFailure(key packfile.PublicKey, err error) error {
	hint := "see that you may write to the trust store: asrdiag pack --help says where it is"
	switch {
	case errors.Is(err, packstore.ErrDuplicate):
		hint = "asrdiag pack trust --list shows it; --remove removes it"
	case errors.Is(err, packstore.ErrName), errors.Is(err, packstore.ErrKeyName):
		hint = "--name NAME gives it another one"
	}
	return failed(fmt.Errorf("trust key %016X: %w", key.ID(), err), hint)
}

// halves breaks a fingerprint into two lines that fit a terminal.
func halves(fingerprint string) string {
	middle := len(fingerprint) / 2
	return fingerprint[:middle] + "\n              " + fingerprint[middle:]
}

// readPublicKey reads a key from a file, or from its text, and gives the name
// that it has if no other is given.
func readPublicKey(arg string) (key packfile.PublicKey, name string, err error) {
	const hint = "name the signer's public key, a file *.pub of minisign's form or the last line of it"
	text := []byte(arg)
	if _, lstat := os.Lstat(arg); lstat == nil || !keyText(arg) {
		text, err = readRegular(arg, maxKeyFile)
		name = strings.TrimSuffix(filepath.Base(arg), packfile.PublicKeyExt)
	}
	if err == nil {
		key, err = packfile.ParsePublicKey(text)
	}
	switch {
	case errors.Is(err, packfile.ErrSecretKey):
		return key, "", failed(fmt.Errorf("%q: %w", shorten(arg), err), "trust the public half, the file *.pub; if this one was sent to you, its owner needs a new pair")
	case errors.Is(err, fs.ErrNotExist), err != nil && name == "":
		return key, "", failed(err, hint)
	case err != nil:
		return key, "", failed(fmt.Errorf("%q: %w", arg, err), hint)
	case name == "":
		name = fmt.Sprintf("key-%016X", key.ID())
	}
	return key, name, nil
}

// keyText reports whether an argument can be the text of a key, public or
// secret by mistake.
func keyText(arg string) bool {
	raw, err := base64.StdEncoding.DecodeString(arg)
	return err == nil && len(raw) > 40
}

// shorten keeps a secret out of messages.
func shorten(arg string) string {
	if keyText(arg) {
		return arg[:8] + "..."
	}
	return arg
}

// listKeys prints the trusted keys, with what is in the store and is none.
func (d *desk) listKeys() error {
	if len(d.keys.Keys()) == 0 {
		fmt.Fprintln(d.app.stdout, "no key is trusted; asrdiag pack trust KEY.pub trusts one")
	} else if err := d.writeKeys(); err != nil {
		return err
	}
	if d.store.Trust == "" {
		return nil
	}
	_, problems, err := d.store.Keys()
	if err != nil {
		return nil // openDesk has told it
	}
	for _, p := range problems {
		if !strings.HasSuffix(p.File, packfile.PublicKeyExt) {
			d.app.warnf("trust store: %q is not used: %v", p.File, p.Err)
		}
	}
	return nil
}

func (d *desk) writeKeys() error {
	w := tabwriter.NewWriter(d.app.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKEY ID\tFROM")
	for i, k := range d.keys.Keys() {
		from := "trust store"
		if i < len(d.own.Keys()) {
			from = "part of asrdiag"
		}
		fmt.Fprintf(w, "%s\t%016X\t%s\n", k.Name, k.Key.ID(), from)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(d.app.stdout, "\nFINGERPRINTS")
	for _, k := range d.keys.Keys() {
		fmt.Fprintf(d.app.stdout, "%s\n  %s\n", k.Name, packfile.Fingerprint(k.Key))
	}
	return nil
}

func (d *desk) removeKey(nameOrID string) error {
	files, err := d.store.RemoveKey(nameOrID)
	for _, file := range files {
		fmt.Fprintf(d.app.stdout, "removed %s: packs that it signed are refused from now on\n", strings.TrimSuffix(file, packfile.PublicKeyExt))
	}
	switch {
	case errors.Is(err, packstore.ErrNotThere) && d.isOwn(nameOrID):
		return failed(fmt.Errorf("key %q is part of asrdiag and cannot be removed", nameOrID), "a build of your own takes another one: make build PACK_KEY=...")
	case errors.Is(err, packstore.ErrNotThere):
		return failed(fmt.Errorf("no key %q is in the trust store", nameOrID), "asrdiag pack trust --list shows those that are")
	case err != nil:
		return failed(fmt.Errorf("remove key %q: %w", nameOrID, err), "see that you may write to "+d.store.Trust)
	}
	return nil
}

func (d *desk) isOwn(nameOrID string) bool {
	for _, k := range d.own.Keys() {
		if k.Name == nameOrID || strings.EqualFold(fmt.Sprintf("%016X", k.Key.ID()), nameOrID) {
			return true
		}
	}
	return false
}
