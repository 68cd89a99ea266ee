package packstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// maxKeyFile bounds a public key file, which has two lines.
const maxKeyFile = 4 << 10

// nameForm allows names of keys that are the same file everywhere and show what
// they are in a report.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$`)

// reserved names would make a report say what is not so, or be no file on
// Windows.
var reserved = regexp.MustCompile(`(?i)^(embedded|unsigned|con|prn|aux|nul|com\d|lpt\d)(\..*)?$`)

// ValidKeyName reports whether a key may have this name.
func ValidKeyName(name string) bool {
	return nameForm.MatchString(name) && !reserved.MatchString(name) && !strings.HasSuffix(name, ".")
}

// Keys gives the trusted keys, by name, and the files that are none. The error
// means that no key can be trusted: the folder cannot be read, or others can
// write to it.
func (s Store) Keys() (packfile.Keyring, []Problem, error) {
	var ring packfile.Keyring
	if info, err := os.Stat(s.Trust); err == nil {
		if err := private(info); err != nil {
			return ring, nil, fmt.Errorf("trust store %q: %w", s.Trust, err)
		}
	}
	entries, err := list(s.Trust)
	if err != nil {
		return ring, nil, fmt.Errorf("trust store: %w", err)
	}
	var problems []Problem
	for _, e := range entries {
		file := e.Name()
		if strings.HasPrefix(file, ".") {
			continue
		}
		name, key, err := s.readKey(file)
		if err != nil {
			problems = append(problems, Problem{file, err})
			continue
		}
		ring = ring.With(name, key)
	}
	return ring, problems, nil
}

func (s Store) readKey(file string) (string, packfile.PublicKey, error) {
	name, ok := strings.CutSuffix(file, packfile.PublicKeyExt)
	if !ok || !ValidKeyName(name) {
		return "", packfile.PublicKey{}, ErrForeign
	}
	text, err := readRegular(filepath.Join(s.Trust, file), maxKeyFile)
	if err != nil {
		return "", packfile.PublicKey{}, err
	}
	key, err := packfile.ParsePublicKey(text)
	return name, key, err
}

// AddKey trusts a key under a name. A key that is in the store already, or shares
// its id with one that is, is ErrDuplicate; another key of that name ErrName.
func (s Store) AddKey(name string, key packfile.PublicKey) error {
	if !ValidKeyName(name) {
		return fmt.Errorf("%w: %q; it may have letters, digits and . _ @ + -, at most 64", ErrKeyName, name)
	}
	text, err := packfile.MarshalPublicKey(key)
	if err != nil {
		return err
	}
	return s.change(s.Trust, func() error {
		ring, problems, err := s.Keys()
		if err != nil {
			return err
		}
		if err := collides(ring, name, key); err != nil {
			return err
		}
		for _, p := range problems {
			if strings.EqualFold(p.File, name+packfile.PublicKeyExt) {
				return fmt.Errorf("%w: %q is in the trust store and is no key", ErrName, p.File)
			}
		}
		return s.put(s.Trust, name+packfile.PublicKeyExt, text)
	})
}

// collides compares a new key with those that are trusted.
func collides(ring packfile.Keyring, name string, key packfile.PublicKey) error {
	for _, k := range ring.Keys() {
		switch {
		case k.Key.Equal(key):
			return fmt.Errorf("%w, as %q", ErrDuplicate, k.Name)
		case k.Key.ID() == key.ID():
			return fmt.Errorf("%w: another key with the id %016X is trusted, as %q: one of the two is not what it says", ErrDuplicate, key.ID(), k.Name)
		case strings.EqualFold(k.Name, name):
			return fmt.Errorf("%w: %q is the name of key %016X", ErrName, k.Name, k.Key.ID())
		}
	}
	return nil
}

// RemoveKey removes a key by its name or its id in hex, or a file of the trust
// store that is no key by the name of the file, and gives the files that it
// removed.
func (s Store) RemoveKey(nameOrID string) ([]string, error) {
	var removed []string
	if _, err := os.Stat(s.Trust); err != nil {
		return nil, ErrNotThere
	}
	err := s.change(s.Trust, func() error {
		ring, problems, err := s.Keys()
		if err != nil {
			return err
		}
		for _, file := range keyFiles(ring, problems, nameOrID) {
			if err := s.remove(s.Trust, file); err != nil {
				return err
			}
			removed = append(removed, file)
		}
		return nil
	})
	if err == nil && len(removed) == 0 {
		err = ErrNotThere
	}
	return removed, err
}

// keyFiles finds the files that a name or an id means; a name goes before an id.
func keyFiles(ring packfile.Keyring, problems []Problem, nameOrID string) []string {
	var byID []string
	id, err := strconv.ParseUint(nameOrID, 16, 64)
	isID := err == nil && len(nameOrID) == 16
	for _, k := range ring.Keys() {
		switch {
		case k.Name == nameOrID:
			return []string{k.Name + packfile.PublicKeyExt}
		case isID && k.Key.ID() == id:
			byID = append(byID, k.Name+packfile.PublicKeyExt)
		}
	}
	i := slices.IndexFunc(problems, func(p Problem) bool {
		return !errors.Is(p.Err, ErrForeign) && (p.File == nameOrID || p.File == nameOrID+packfile.PublicKeyExt)
	})
	if i >= 0 && len(byID) == 0 {
		return []string{problems[i].File}
	}
	return byID
}
