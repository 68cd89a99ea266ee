package analyzer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
)

// Identities are the secret keys that open encrypted bundles. They stay in the
// process that reads them: a worker, which handles what strangers sent, is told
// only the key of the one file that it has at hand.
type Identities struct{ keys archive.Keyring }

// Add reads a file of secret keys, as age-keygen writes it. It may be a pipe.
// The error is an *Error and has no part of a key in it.
func (ids *Identities) Add(name string) error {
	f, err := os.Open(name)
	if err != nil {
		e := openError(name, err)
		e.Hint = "name the file that age-keygen wrote"
		return e
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, archive.MaxIdentities+1))
	switch {
	case err != nil:
		return errorf(CodeNoFile, "name the file that age-keygen wrote", "read the secret key %q: %v", name, err)
	case len(text) > archive.MaxIdentities:
		return errorf(CodeUsage, "name the file that age-keygen wrote", "read the secret key %q: it has more than %d bytes", name, archive.MaxIdentities)
	}
	if err := ids.keys.Add(text); err != nil {
		return errorf(CodeUsage, identityHint(err), "read the secret key %q: %v", name, err)
	}
	return nil
}

// identityHint says what to do about a file without a usable secret key.
func identityHint(err error) string {
	switch {
	case errors.Is(err, archive.ErrProtected):
		return "decrypt it with the age program: age --decrypt -o key.txt FILE; give --identity key.txt, and delete that afterwards"
	case errors.Is(err, archive.ErrPublic):
		return "give the file with the secret half, which age-keygen wrote: the public one only encrypts"
	case errors.Is(err, archive.ErrForeignKey):
		return "decrypt the bundle with the age program, age --decrypt -i KEY -o bundle.zip FILE, and name what comes out"
	}
	return "name the file that age-keygen wrote"
}

// unlocker is nil where there are no keys.
func (ids *Identities) unlocker() archive.Unlocker {
	if ids == nil {
		return nil
	}
	return &ids.keys
}

// unlockAnswer is what a parent tells a worker that has met an encrypted file.
type unlockAnswer struct {
	Key []byte `json:"key,omitempty"` // of the file
	// Without a key: whether there are no secret keys at all.
	None bool `json:"none,omitempty"`
}

// answer tries the keys on what a worker has found. It believes nothing in it.
func (ids *Identities) answer(content []byte) unlockAnswer {
	var stanzas []archive.Stanza
	if err := json.Unmarshal(content, &stanzas); err != nil || ids == nil {
		return unlockAnswer{None: ids == nil}
	}
	key, err := ids.keys.Unlock(stanzas)
	return unlockAnswer{Key: key, None: errors.Is(err, archive.ErrNoIdentity)}
}

// remoteKeys are the secret keys of a worker's parent.
type remoteKeys struct {
	out     *frameWriter
	answers <-chan []byte
}

// Unlock implements archive.Unlocker.
func (r remoteKeys) Unlock(stanzas []archive.Stanza) ([]byte, error) {
	if err := r.out.writeJSON(frameLocked, stanzas); err != nil {
		return nil, err
	}
	content, ok := <-r.answers
	if !ok {
		return nil, fmt.Errorf("%w: nobody answers", errFrame)
	}
	var a unlockAnswer
	if err := json.Unmarshal(content, &a); err != nil {
		return nil, fmt.Errorf("%w: %v", errFrame, err)
	}
	switch {
	case a.None:
		return nil, archive.ErrNoIdentity
	case len(a.Key) == 0:
		return nil, archive.ErrWrongIdentity
	}
	return a.Key, nil
}
