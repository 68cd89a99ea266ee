package archive

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
)

// MaxIdentities is the longest file of secret keys that is read, in bytes.
const MaxIdentities = 64 << 10

// maxStanzas is how many recipients of one file are looked at.
const maxStanzas = 200

// Keyring are secret keys. The zero value has none. It is safe for concurrent
// use once all are in it.
type Keyring struct{ list []age.Identity }

// Errors of Keyring.Add. None of them has a part of a key in it.
var (
	// ErrProtected means that the file is encrypted with a passphrase.
	ErrProtected = errors.New("it is encrypted with a passphrase itself")
	// ErrPublic means that the file has the public half of a key, and no secret one.
	ErrPublic = errors.New("it has a public key (age1...) and no secret one (AGE-SECRET-KEY-...)")
	// ErrForeignKey means that the key is not one of age's own.
	ErrForeignKey = errors.New("its key is one of SSH or of a plugin")
)

// Add takes the secret keys of a file that age-keygen wrote.
func (k *Keyring) Add(text []byte) error {
	if encrypted, _ := isAge(text); encrypted {
		return ErrProtected
	}
	text = bytes.ReplaceAll(bytes.TrimPrefix(bytes.TrimPrefix(text, []byte("\xff\xfe")), []byte("\ufeff")), []byte{0}, nil) // PowerShell writes UTF-16
	list, err := age.ParseIdentities(bytes.NewReader(text))
	if err == nil {
		k.list = append(k.list, list...)
		return nil
	}
	line := 0
	for l := range bytes.Lines(text) {
		line++
		switch l := strings.TrimSpace(string(l)); {
		case strings.HasPrefix(l, "age1"):
			return ErrPublic
		case strings.HasPrefix(l, "AGE-PLUGIN-"), strings.HasPrefix(l, "-----BEGIN OPENSSH"), strings.HasPrefix(l, "-----BEGIN RSA"):
			return ErrForeignKey
		case l != "" && l[0] != '#':
			if _, err := age.ParseIdentities(strings.NewReader(l)); err != nil {
				return fmt.Errorf("line %d is not a secret key of age (AGE-SECRET-KEY-1...)", line)
			}
		}
	}
	return errors.New("there is no secret key of age (AGE-SECRET-KEY-1...) in it")
}

// Unlock implements Unlocker.
func (k *Keyring) Unlock(stanzas []Stanza) ([]byte, error) {
	if k == nil || len(k.list) == 0 {
		return nil, ErrNoIdentity
	}
	if len(stanzas) > maxStanzas {
		return nil, ErrWrongIdentity
	}
	list := make([]*age.Stanza, len(stanzas))
	for i, s := range stanzas {
		list[i] = (*age.Stanza)(&s)
	}
	for _, id := range k.list {
		if key, err := id.Unwrap(list); err == nil {
			return key, nil
		}
	}
	return nil, ErrWrongIdentity
}
