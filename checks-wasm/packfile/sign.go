package packfile

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"aead.dev/minisign"
)

// PublicKey and PrivateKey are minisign's.
type (
	PublicKey  = minisign.PublicKey
	PrivateKey = minisign.PrivateKey
)

// The comments of every signature. They are fixed, so that a signature file has
// no byte that is not verified. To sign with the minisign program, pass them as
// -c and -t.
const (
	UntrustedComment = "signature of an asrdiag file"
	TrustedComment   = "asrdiag"
)

// Limits of key and signature files.
const (
	maxSignatureBytes = 1 << 10
	maxKeyBytes       = 4 << 10
)

// Sign gives the signature file for raw: minisign's prehashed form. The same
// key and bytes always give the same file.
func Sign(priv PrivateKey, raw []byte) ([]byte, error) {
	if priv.ID() == 0 {
		return nil, errors.New("sign: the key is empty")
	}
	r := minisign.NewReader(bytes.NewReader(raw))
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return r.SignWithComments(priv, TrustedComment, UntrustedComment), nil
}

// parseSignature accepts a signature file only in the one form that Sign gives
// it: with fixed comments, and the same bytes when written again.
func parseSignature(text []byte) (minisign.Signature, error) {
	var s minisign.Signature
	if len(text) > maxSignatureBytes {
		return s, fmt.Errorf("%w: it has more than %d bytes", ErrSignatureForm, maxSignatureBytes)
	}
	if err := s.UnmarshalText(text); err != nil {
		return s, fmt.Errorf("%w: %v", ErrSignatureForm, err)
	}
	if s.Algorithm != minisign.HashEdDSA {
		return s, fmt.Errorf("%w: it is not prehashed", ErrSignatureForm)
	}
	s.UntrustedComment, s.TrustedComment = UntrustedComment, TrustedComment
	if canonical, err := s.MarshalText(); err != nil || !bytes.Equal(canonical, text) {
		return s, fmt.Errorf("%w: its comments or its encoding differ", ErrSignatureForm)
	}
	return s, nil
}

// GenerateKey makes a key pair from the system's randomness.
func GenerateKey() (PublicKey, PrivateKey, error) { return minisign.GenerateKey(rand.Reader) }

// MarshalPublicKey gives the key as a minisign public key file.
func MarshalPublicKey(key PublicKey) ([]byte, error) {
	text, err := key.MarshalText()
	return append(text, '\n'), err
}

// ParsePublicKey reads a minisign public key file, or its last line alone. A
// file of any other form is refused; one that has a secret key is ErrSecretKey.
func ParsePublicKey(text []byte) (PublicKey, error) {
	var key PublicKey
	if len(text) > maxKeyBytes {
		return key, fmt.Errorf("public key: more than %d bytes", maxKeyBytes)
	}
	line := keyLine(string(text))
	if err := key.UnmarshalText([]byte(line)); err != nil {
		if raw, err := base64.StdEncoding.DecodeString(line); err == nil && len(raw) == secretKeyBytes {
			return key, ErrSecretKey
		}
		return key, errors.New("not a minisign public key file")
	}
	if key.String() != line {
		return PublicKey{}, errors.New("public key: it is not in its canonical form")
	}
	return key, nil
}

// secretKeyBytes is the size of a secret key of minisign, decoded.
const secretKeyBytes = 158

// keyLine gives the line with the key of a key file: the second, or the only
// one. Empty if there is anything else.
func keyLine(text string) string {
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	comment, line, two := strings.Cut(text, "\n")
	switch {
	case !two:
		return text
	case !strings.HasPrefix(comment, "untrusted comment:") || strings.Contains(line, "\n"):
		return ""
	}
	return line
}

// Fingerprint is the SHA-256 of a public key with its id, as its file has them,
// in eight groups of hex digits for people to compare.
func Fingerprint(key PublicKey) string {
	raw, err := base64.StdEncoding.DecodeString(key.String())
	if err != nil {
		panic("BUG: a public key in a form of its own: " + err.Error())
	}
	sum := digest(raw)
	var groups []string
	for i := 0; i < len(sum); i += 8 {
		groups = append(groups, sum[i:i+8])
	}
	return strings.Join(groups, " ")
}

// MarshalPrivateKey gives the key as a minisign secret key file, encrypted when
// there is a password. Store it with mode 0600.
func MarshalPrivateKey(key PrivateKey, password string) ([]byte, error) {
	if password == "" {
		text, err := key.MarshalText()
		return append(text, '\n'), err
	}
	text, err := minisign.EncryptKey(password, key)
	return append(text, '\n'), err
}

// IsEncrypted reports whether a secret key file needs a password.
func IsEncrypted(text []byte) bool { return minisign.IsEncrypted(text) }

// ParsePrivateKey reads a minisign secret key file. The password is ignored
// when the key is not encrypted. Decryption takes a second and 1 GiB of memory,
// by minisign's choice.
func ParsePrivateKey(text []byte, password string) (PrivateKey, error) {
	var key PrivateKey
	if len(text) > maxKeyBytes {
		return key, fmt.Errorf("secret key: more than %d bytes", maxKeyBytes)
	}
	if IsEncrypted(text) {
		key, err := minisign.DecryptKey(password, text)
		if err != nil {
			return key, errors.New("secret key: wrong password, or the file is damaged")
		}
		return key, nil
	}
	if err := key.UnmarshalText(text); err != nil {
		return key, fmt.Errorf("secret key: %v", err)
	}
	return key, nil
}
