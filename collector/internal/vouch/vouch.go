// Package vouch tells who signed a file with minisign. It only verifies: the keys
// that it knows come with the program, and there is no way to add one.
package vouch

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suffix is added to the name of a file for that of its signature.
const Suffix = ".minisig"

// MaxBytes is the longest signature that is read.
const MaxBytes = 4096

// Errors of Verify.
var (
	// ErrBad means that there is a signature and that it does not hold: the file
	// is not the one that was signed.
	ErrBad = errors.New("the signature does not hold")
	// ErrUnknown means that the signature is by a key that the program does not
	// know, so that it says nothing.
	ErrUnknown = errors.New("the program does not know the key")
)

// maxComment is the longest trusted comment, in bytes.
const maxComment = 1024

// Signer is who signed a file.
type Signer struct {
	Key     string // number of the key, 16 hexadecimal digits
	Comment string // that the signer wrote and signed with it
}

// Verify looks who signed a text. Keys are lines of base64 as in minisign's
// public key files.
func Verify(keys []string, text, file []byte) (Signer, error) {
	sig, ok := parseSignature(plain(file))
	if !ok {
		return Signer{}, fmt.Errorf("%w: it is no signature of minisign", ErrBad)
	}
	who := Signer{Key: number(sig.id)}
	if !sig.hashed {
		return who, fmt.Errorf("%w: it is of the kind without a hash, which minisign makes with -l only", ErrBad)
	}
	for _, line := range keys {
		kind, id, key := parseNumbered(line, ed25519.PublicKeySize)
		if kind != kindPlain {
			return who, errors.New("BUG: a key of this program cannot be read")
		}
		if id != sig.id {
			continue
		}
		if hash := blake2b(text); !sig.by(key, hash[:]) {
			return who, fmt.Errorf("%w: it is of the known key %s, but for another text than the file has now", ErrBad, who.Key)
		}
		who.Comment = strings.ReplaceAll(sig.comment, "\t", " ") // minisign parts its own with tabs
		if len(who.Comment) > maxComment || !utf8.ValidString(who.Comment) || strings.ContainsFunc(who.Comment, unicode.IsControl) {
			return who, fmt.Errorf("%w: its comment is no line of text", ErrBad)
		}
		return who, nil
	}
	return who, fmt.Errorf("%w %s", ErrUnknown, who.Key)
}

// plain takes off what mail and editors add to a signature: carriage returns
// and empty lines at the end.
func plain(signature []byte) []byte {
	return bytes.TrimRight(bytes.ReplaceAll(signature, []byte("\r\n"), []byte("\n")), "\r\n\t ")
}

// number writes the number of a key as minisign does.
func number(id uint64) string { return fmt.Sprintf("%016X", id) }
