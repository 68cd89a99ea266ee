package pseudonym

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// Key is the secret of a case. Bundles made with the same key have the same
// pseudonyms. Who has it can turn addresses back, and try names.
type Key [32]byte

const keyLabel = "asrcollect-case-key-1 "

// NewKey makes a key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails: the program ends instead
	return k
}

// Text is the line of a case key file, with its end.
func (k Key) Text() string {
	return keyLabel + base64.StdEncoding.EncodeToString(k[:]) + "\n"
}

// ParseKey reads the text of a case key file. White space around the line does
// not matter; anything else is an error, which does not repeat the text.
func ParseKey(text string) (Key, error) {
	var k Key
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	body, ok := strings.CutPrefix(text, keyLabel)
	if !ok {
		return k, errors.New("no case key: the line does not begin with " + strings.TrimSpace(keyLabel))
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(body))
	if err != nil || len(raw) != len(k) {
		return k, errors.New("no case key: not the base64 text of 32 bytes")
	}
	return Key(raw), nil
}

// derive makes a key for one purpose.
func (k Key) derive(purpose string) [32]byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("asrcollect pseudonym 1 " + purpose))
	return [32]byte(mac.Sum(nil))
}
