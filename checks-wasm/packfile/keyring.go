package packfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"aead.dev/minisign"
)

// maxKeys bounds a folder of keys.
const maxKeys = 100

// Keyring holds trusted public keys by name. The zero value trusts nobody. A
// Keyring does not change once made.
type Keyring struct{ keys []NamedKey }

// NamedKey is a public key and the name that reports show for it.
type NamedKey struct {
	Name string
	Key  PublicKey
}

// With adds a key. Several keys may have one name.
func (k Keyring) With(name string, key PublicKey) Keyring {
	keys := make([]NamedKey, 0, len(k.keys)+1)
	return Keyring{append(append(keys, k.keys...), NamedKey{name, key})}
}

// Merge trusts the keys of both.
func (k Keyring) Merge(other Keyring) Keyring {
	for _, n := range other.keys {
		k = k.With(n.Name, n.Key)
	}
	return k
}

// Keys lists the keys in the order in which they are tried.
func (k Keyring) Keys() []NamedKey { return slices.Clone(k.keys) }

// LoadKeyring reads the files *.pub at the top of fsys; a key's name is its
// file's name without the suffix. A folder that does not exist is an empty
// ring; a file that is no key is an error, because a key that is silently left
// out looks like a signature that went bad.
func LoadKeyring(fsys fs.FS) (Keyring, error) {
	var ring Keyring
	names, err := fs.Glob(fsys, "*"+PublicKeyExt)
	if err != nil {
		return ring, fmt.Errorf("list trusted keys: %w", err)
	}
	if len(names) > maxKeys {
		return ring, fmt.Errorf("list trusted keys: %d are more than %d", len(names), maxKeys)
	}
	for _, name := range names {
		key, err := readPublicKey(fsys, name)
		if err != nil {
			return Keyring{}, fmt.Errorf("read trusted key %q: %w", name, err)
		}
		ring = ring.With(strings.TrimSuffix(path.Base(name), PublicKeyExt), key)
	}
	return ring, nil
}

func readPublicKey(fsys fs.FS, name string) (PublicKey, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return PublicKey{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyBytes {
		return PublicKey{}, errors.New("not a key file")
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return PublicKey{}, err
	}
	return ParsePublicKey(text)
}

// Verify checks a signature file over the exact bytes and gives the name of the
// key that made it. Errors are ErrUnsigned for no signature, ErrSignatureForm,
// ErrUntrusted or ErrTampered.
func (k Keyring) Verify(raw, sig []byte) (signer string, err error) {
	if len(sig) == 0 {
		return "", ErrUnsigned
	}
	parsed, err := parseSignature(sig)
	if err != nil {
		return "", err
	}
	known := false
	for _, n := range k.keys {
		if n.Key.ID() != parsed.KeyID {
			continue
		}
		known = true
		if minisign.Verify(n.Key, raw, sig) {
			return n.Name, nil
		}
	}
	if known {
		return "", ErrTampered
	}
	return "", fmt.Errorf("%w: key %016X", ErrUntrusted, parsed.KeyID)
}
