package seal

import (
	"crypto/ecdh"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Limits of what is given.
const (
	// MaxKeys is how many can open one bundle.
	MaxKeys  = 20
	maxFile  = 64 << 10 // bytes of a file with keys
	keyBegin = "age1"
)

// ErrSecret means that the secret half of a key was given. The error has no part
// of it.
var ErrSecret = errors.New("this is the SECRET key (AGE-SECRET-KEY-...): it opens bundles and stays with whoever reads them")

// ErrFile means that a file with keys cannot be read.
var ErrFile = errors.New("cannot read it")

// secret reports whether a text has the secret half of a key in it.
func secret(text string) bool { return strings.Contains(strings.ToUpper(text), "AGE-SECRET-KEY-") }

// others are keys that bundles are not encrypted for, by how they begin.
var others = []struct{ begin, what string }{
	{"age1pq1", "a post-quantum key, and this program encrypts for X25519 keys: ask for one that age-keygen makes without -pq"},
	{"ssh-", "an SSH key, and this program encrypts for keys of age: ask for one that age-keygen makes"},
	{"age1tag", "a key of a plugin, which this program does not run: ask for one that age-keygen makes"},
}

// ParseKey reads the public half of a key, as age-keygen prints it.
func ParseKey(text string) (*ecdh.PublicKey, error) {
	if secret(text) {
		return nil, ErrSecret
	}
	for _, o := range others {
		if strings.HasPrefix(text, o.begin) {
			return nil, fmt.Errorf("it is %s", o.what)
		}
	}
	if strings.HasPrefix(text, keyBegin) && strings.LastIndexByte(text, '1') >= len(keyBegin) {
		return nil, fmt.Errorf("%.80q is a key of a plugin, or has a mistake in it", text)
	}
	key, err := publicKey(text)
	if err != nil {
		return nil, fmt.Errorf("%.80q is no key: one has the 62 characters age1... that age-keygen prints as public key", text)
	}
	return key, nil
}

// Parse reads keys, and files with one key a line; # begins a comment. Its errors
// wrap ErrSecret or ErrFile where that is the reason.
func Parse(list []string) (Recipients, error) {
	var r Recipients
	for _, item := range list {
		if err := r.add(item); err != nil {
			return Recipients{}, err
		}
	}
	if len(r.list) == 0 {
		return r, nil
	}
	if len(r.list) > MaxKeys {
		return Recipients{}, fmt.Errorf("%d keys are too many, at most %d can open one bundle", len(r.list), MaxKeys)
	}
	return r, r.settle()
}

// add takes one key, or those of a file.
func (r *Recipients) add(item string) error {
	item = strings.TrimSpace(item)
	if secret(item) || strings.HasPrefix(item, keyBegin) || strings.HasPrefix(item, "ssh-") {
		return r.key(item)
	}
	text, err := read(item)
	if err != nil {
		return err
	}
	if secret(text) {
		return fmt.Errorf("%q: %w", item, ErrSecret)
	}
	before := len(r.list)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := r.key(line); err != nil {
			return fmt.Errorf("%q, line %d: %w", item, n, err)
		}
	}
	if len(r.list) == before {
		return fmt.Errorf("%q: there is no key in it", item)
	}
	return nil
}

// key takes one key; a second time it counts once.
func (r *Recipients) key(text string) error {
	key, err := ParseKey(text)
	if err != nil || slices.Contains(r.keys, text) {
		return err
	}
	r.list, r.keys = append(r.list, key), append(r.keys, text)
	return nil
}

// read reads a file with keys.
func read(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%.80q is neither a key, which begins with age1, nor a file: %w", name, ErrFile)
	case err == nil && !info.Mode().IsRegular():
		return "", fmt.Errorf("%q is not a file: %w", name, ErrFile)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrFile, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %v", ErrFile, err)
	case len(text) > maxFile:
		return "", fmt.Errorf("%q has more than %d bytes: it is no file with keys", name, maxFile)
	}
	return ascii(string(text)), nil
}

// ascii is what plain letters in a text are: PowerShell writes files in UTF-16,
// others a byte order mark.
func ascii(text string) string {
	for _, mark := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} {
		text = strings.TrimPrefix(text, mark)
	}
	return strings.ReplaceAll(text, "\x00", "")
}
