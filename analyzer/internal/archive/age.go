package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// How files begin that age has encrypted: in bytes, and as text for mail.
const (
	ageMagic   = "age-encryption.org/"
	ageVersion = "age-encryption.org/v1\n"
	ageArmor   = armor.Header
)

// maxAgeHeader is the most that may stand before the encrypted bytes: far more
// than twenty recipients take.
const maxAgeHeader = 64 << 10

// What to do about encrypted files.
const (
	giveIdentity  = "give the secret key with --identity KEYFILE"
	otherIdentity = "give the key that it was encrypted for with --identity KEYFILE; it may be given several times. What was encrypted for another key nobody else can open: ask for the bundle again, and name your key"
	useAge        = "decrypt it with the age program, age --decrypt -o bundle.zip FILE, and name what comes out"
)

// isAge reports whether a file is encrypted with age, and whether as text. Mail
// may put empty lines before the latter.
func isAge(head []byte) (encrypted, text bool) {
	text = bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte(ageArmor))
	return text || bytes.HasPrefix(head, []byte(ageMagic)), text
}

// decrypt opens what is in an encrypted file. It is read where it is, block by
// block; only of a file that is cut off, or damaged where it matters, the whole
// blocks are unpacked to the spool.
func (d *door) decrypt(ctx context.Context, s source, level int) (*tree, error) {
	if s.decrypted {
		return nil, &Refusal{ErrAge, "it is encrypted with age twice", useAge}
	}
	sum := lazySum(s)
	var around error
	if _, text := isAge(s.head()); text {
		if s, around = d.dearmor(ctx, s); s.ra == nil {
			return nil, around
		}
	}
	key, err := s.fileKey(d.unlocker)
	if err != nil {
		return nil, err
	}
	t, err := d.decrypted(ctx, s, key, level)
	if err != nil {
		return nil, err
	}
	if around != nil {
		t.problems = append(t.problems, bundles.Problem{Kind: bundles.ProblemCut, Detail: fmt.Sprintf("the encrypted text ends or is damaged: %v", around)})
	}
	t.sum = sum
	return t, nil
}

// decrypted opens the archive in an encrypted file, whose key is known.
func (d *door) decrypted(ctx context.Context, s source, key []byte, level int) (*tree, error) {
	inner := source{name: plainName(s.name), path: s.path, decrypted: true}
	id := age.NewInjectedFileKeyIdentity(key)
	ra, size, err := age.DecryptReaderAt(s.ra, s.size, id)
	if err == nil {
		inner.ra, inner.size = newBlocks(ra, size), size
		t, err := d.open(ctx, inner, level)
		if !errors.Is(err, errBlock) {
			return t, notInAge(err)
		}
	}
	return d.salvage(ctx, s, inner, id, level)
}

// salvage takes the whole blocks at the beginning of an encrypted file.
func (d *door) salvage(ctx context.Context, s, inner source, id age.Identity, level int) (*tree, error) {
	plain, err := age.Decrypt(s.all(), id)
	if err != nil {
		return nil, &Refusal{ErrAge, "it is encrypted with age, and cut off before its content", askAgain}
	}
	got, cut := d.copy(ctx, inner.name, plain, s.size)
	switch {
	case got.ra == nil:
		return nil, cut
	case got.size == 0:
		return nil, &Refusal{ErrAge, "it is encrypted with age, and cut off or damaged before the end of its first block of 64 KiB", askAgain}
	}
	got.decrypted = true
	t, err := d.open(ctx, got, level)
	if err != nil {
		return nil, notInAge(err)
	}
	if cut != nil {
		t.problems = append(t.problems, bundles.Problem{
			Kind: bundles.ProblemCut, Detail: fmt.Sprintf("it is encrypted with age and ends or is damaged: of %d bytes the blocks before are whole, %d bytes", s.size, got.size),
		})
	}
	return t, nil
}

// notInAge is the error of what is in an encrypted file. That is no log which
// could be read as it is.
func notInAge(err error) error {
	if errors.Is(err, errPlain) {
		return &Refusal{ErrAge, "it is encrypted with age, and what is in it is " + notArchive, useAge}
	}
	return err
}

// plainName is a name without the ending of encryption.
func plainName(name string) string {
	if end := filepath.Ext(name); strings.EqualFold(end, ".age") || strings.EqualFold(end, ".asc") {
		return strings.TrimSuffix(name, end)
	}
	return name
}

// head is how a source begins.
func (s source) head() []byte {
	head := make([]byte, min(headBytes, s.size))
	n, _ := s.ra.ReadAt(head, 0)
	return head[:n]
}

// dearmor copies the bytes that a text stands for. They are encrypted as before.
func (d *door) dearmor(ctx context.Context, s source) (source, error) {
	out, err := d.copy(ctx, s.name, armor.NewReader(s.all()), s.size)
	if out.ra != nil && out.size == 0 {
		return source{}, &Refusal{ErrAge, fmt.Sprintf("it is encrypted with age, and damaged: %v", err), askAgain}
	}
	return out, err
}

// fileKey has the header of an encrypted file unlocked.
func (s source) fileKey(u Unlocker) ([]byte, error) {
	damaged := &Refusal{ErrAge, "it is encrypted with age, and cut off or damaged in its header", askAgain}
	head := make([]byte, min(maxAgeHeader, s.size))
	if n, err := s.ra.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte(ageVersion)) {
		return nil, &Refusal{ErrAge, "it is encrypted with another version of age than 1", useAge}
	}
	header, err := age.ExtractHeader(bytes.NewReader(head))
	if err != nil {
		return nil, damaged
	}
	ask := &asking{unlocker: u}
	key, err := age.DecryptHeader(header, ask)
	switch {
	case err == nil:
		return key, nil
	case ask.err != nil:
		return nil, ask.refusal()
	}
	return nil, damaged
}

// asking is an identity that others have.
type asking struct {
	unlocker Unlocker
	kinds    []string // of keys that the file is encrypted for
	err      error
}

// Unwrap implements age.Identity.
func (a *asking) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	list := make([]Stanza, len(stanzas))
	for i, s := range stanzas {
		list[i] = Stanza(*s)
		a.kinds = append(a.kinds, s.Type)
	}
	if a.unlocker == nil {
		a.err = ErrNoIdentity
		return nil, a.err
	}
	key, err := a.unlocker.Unlock(list)
	a.err = err
	return key, err
}

// refusal says why a file was not unlocked.
func (a *asking) refusal() error {
	const what = "it is encrypted with age"
	switch {
	case !errors.Is(a.err, ErrNoIdentity) && !errors.Is(a.err, ErrWrongIdentity):
		return a.err
	case slices.Contains(a.kinds, "scrypt"):
		return &Refusal{ErrAge, what + ", with a passphrase", useAge}
	case slices.ContainsFunc(a.kinds, func(k string) bool { return strings.HasPrefix(k, "ssh-") }):
		return &Refusal{ErrAge, what + ", for an SSH key", "decrypt it with the age program, age --decrypt -i SSHKEY -o bundle.zip FILE, and name what comes out"}
	case errors.Is(a.err, ErrNoIdentity):
		return &Refusal{ErrAge, what, giveIdentity}
	}
	return &Refusal{ErrAge, what + ", for another key than those given", otherIdentity}
}

// Stanza is how a file's key is locked for one recipient.
type Stanza struct {
	Type string   `json:"type"`
	Args []string `json:"args"`
	Body []byte   `json:"body"`
}

// Unlocker has secret keys.
type Unlocker interface {
	// Unlock gives the key of a file that one of its keys opens. Without any key
	// it fails with ErrNoIdentity, when none of them does with ErrWrongIdentity.
	Unlock(stanzas []Stanza) ([]byte, error)
}

// Errors of an Unlocker.
var (
	ErrNoIdentity    = errors.New("there is no secret key")
	ErrWrongIdentity = fmt.Errorf("none of the secret keys opens it: %w", age.ErrIncorrectIdentity)
)

// errBlock means that a block of an encrypted file does not hold.
var errBlock = fmt.Errorf("%w: a block of the encrypted file is damaged", bundlezip.ErrCut)
