package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

const (
	packsDir         = "packs"
	embeddedSigner   = "embedded"
	developmentBuild = "development build"
)

var errNoPacks = failed(errors.New("no check packs"), "make build, or --pack FILE")

// pack is a pack that may be used: one that is part of the program, one whose
// signature holds, or one that the user allows without.
//
// Its metadata is read in this process. That is safe for bytes that a trusted
// key vouches for. For an unsigned pack it is a decision: opening one walks a
// zip of stored entries and decodes JSON of at most 1 MiB, both bounded and
// fuzzed, and happens under recover; its modules are touched by workers only.
type pack struct {
	*packfile.Pack
	ref analyzer.PackRef
	at  string // where it is from, for people
}

// buildLabel names a build whose key is a development key. A build without any
// key is one, too.
func (a *app) buildLabel() string {
	keys, err := fs.Glob(a.packs, packsDir+"/*"+packfile.PublicKeyExt)
	if err != nil || len(keys) == 0 {
		return developmentBuild
	}
	for _, key := range keys {
		switch strings.TrimSuffix(path.Base(key), packfile.PublicKeyExt) {
		case "dev", "development":
			return developmentBuild
		}
	}
	return ""
}

// trustDir is where the user's trusted keys are.
func trustDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the trust store: %w", err)
	}
	return filepath.Join(dir, program, "trust"), nil
}

// keyring has the key of this build and those of the trust store.
func (a *app) keyring() (packfile.Keyring, error) {
	own, err := fs.Sub(a.packs, packsDir)
	if err != nil {
		return packfile.Keyring{}, err
	}
	ring, err := packfile.LoadKeyring(own)
	if err != nil {
		return packfile.Keyring{}, err
	}
	dir, err := trustDir()
	if err != nil {
		return ring, nil // no home, no trust store
	}
	trusted, err := packfile.LoadKeyring(os.DirFS(dir))
	if err != nil {
		return packfile.Keyring{}, fmt.Errorf("trust store %q: %w", dir, err)
	}
	return ring.Merge(trusted), nil
}

// opener opens a pack that is part of the program, by its path.
type opener func(name string) (*packfile.Pack, error)

// openEmbedded opens a pack with all that is in it.
func (a *app) openEmbedded(name string) (*packfile.Pack, error) {
	raw, err := fs.ReadFile(a.packs, name)
	if err != nil {
		return nil, err
	}
	return packfile.Open(raw)
}

// peekEmbedded gives a pack of which only the manifest is known, which is enough
// to choose it: the worker opens what is chosen.
func (a *app) peekEmbedded(name string) (*packfile.Pack, error) {
	f, err := a.packs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := packfile.ReadManifest(f)
	return &packfile.Pack{Manifest: m}, err
}

// embeddedPacks opens the packs that are part of the program, by name.
func (a *app) embeddedPacks(open opener) ([]pack, error) {
	names, err := fs.Glob(a.packs, packsDir+"/*"+packfile.Ext)
	if err != nil {
		return nil, err
	}
	var packs []pack
	for _, name := range names {
		p, err := open(name)
		if err != nil {
			return nil, failed(fmt.Errorf("embedded pack %q: %w", path.Base(name), err), "build asrdiag again: make clean build")
		}
		p.SignedBy = embeddedSigner
		ref := analyzer.PackRef{Embedded: name, SHA256: p.SHA256, SignedBy: embeddedSigner}
		packs = append(packs, pack{p, ref, embeddedSigner})
	}
	return packs, nil
}

// loadPack checks the signature of a pack file and opens it.
func (a *app) loadPack(file string, allowUnsigned bool) (pack, error) {
	raw, err := readRegular(file, packfile.MaxPackBytes)
	if err != nil {
		return pack{}, failed(err, "name a file *"+packfile.Ext)
	}
	signer, err := a.verify(file, raw)
	unsigned := errors.Is(err, packfile.ErrUnsigned) && allowUnsigned
	if err != nil && !unsigned {
		return pack{}, packFailure(file, err)
	}
	p, err := openRecovering(raw)
	if err != nil {
		return pack{}, packFailure(file, err)
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return pack{}, err
	}
	p.SignedBy, p.Unsigned = signer, unsigned
	ref := analyzer.PackRef{File: abs, SHA256: p.SHA256, SignedBy: signer, Unsigned: unsigned}
	return pack{p, ref, file}, nil
}

// verify checks the signature file beside a pack, on the bytes.
func (a *app) verify(file string, raw []byte) (signer string, err error) {
	ring, err := a.keyring()
	if err != nil {
		return "", err
	}
	sig, err := readRegular(file+packfile.SignatureExt, 64<<10)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err == nil && len(sig) == 0 {
		return "", fmt.Errorf("%w: it is empty", packfile.ErrSignatureForm)
	}
	return ring.Verify(raw, sig)
}

// openRecovering opens a pack. A panic is a bug of ours, but one that the pack's
// author chose to meet.
func openRecovering(raw []byte) (p *packfile.Pack, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("%w: it breaks the reader: %v", packfile.ErrMalformed, r)
		}
	}()
	return packfile.Open(raw)
}

// packFailure adds the hint that fits the reason.
func packFailure(file string, err error) error {
	return failed(fmt.Errorf("pack %q: %w", file, err), packHint(file, err))
}

func packHint(file string, err error) string {
	switch {
	case errors.Is(err, packfile.ErrUnsigned):
		return fmt.Sprintf("asrdiag pack sign --key KEY %s, or --allow-unsigned to run it as it is", file)
	case errors.Is(err, packfile.ErrUntrusted):
		dir, dirErr := trustDir()
		if dirErr != nil {
			dir = "the trust store"
		}
		return "if you trust the signer, put the public key (*.pub) into " + dir
	case errors.Is(err, packfile.ErrTampered):
		return "do not use it; get the pack and its " + packfile.SignatureExt + " again from who made it"
	case errors.Is(err, packfile.ErrSignatureForm):
		return fmt.Sprintf("get the signature again; with minisign sign with -c %q -t %q", packfile.UntrustedComment, packfile.TrustedComment)
	case errors.Is(err, packfile.ErrABI), errors.Is(err, packfile.ErrEngine), errors.Is(err, packfile.ErrFormat):
		return "use a newer asrdiag, or another release of the pack"
	case errors.Is(err, packfile.ErrMalformed):
		return "get the file again, or build it with: asrdiag pack build DIR"
	}
	return ""
}

// usePacks gives the packs of a run: those named, and the embedded ones that no
// named one replaces. A pack replaces the one of the same name.
func (a *app) usePacks(files []string, allowUnsigned bool, open opener) ([]pack, error) {
	packs := map[string]pack{}
	embedded, err := a.embeddedPacks(open)
	if err != nil {
		return nil, err
	}
	for _, p := range embedded {
		if old, ok := packs[p.Manifest.Name]; !ok || old.Manifest.Release < p.Manifest.Release {
			packs[p.Manifest.Name] = p
		}
	}
	named := map[string]string{}
	for _, file := range files {
		p, err := a.loadPack(file, allowUnsigned)
		if err != nil {
			return nil, err
		}
		name := p.Manifest.Name
		if other, twice := named[name]; twice {
			return nil, usagef("name one of them", "%q and %q are both pack %q", other, file, name)
		}
		named[name], packs[name] = file, p
	}
	if len(packs) == 0 {
		return nil, errNoPacks
	}
	list := make([]pack, 0, len(packs))
	for _, p := range packs {
		list = append(list, p)
	}
	slices.SortFunc(list, func(x, y pack) int { return cmp.Compare(x.Manifest.Name, y.Manifest.Name) })
	return list, nil
}

// state says who vouches for a pack.
func (p pack) state() string {
	switch {
	case p.Unsigned:
		return "unsigned"
	case p.SignedBy == embeddedSigner:
		return "part of asrdiag"
	}
	return fmt.Sprintf("signed by %q", p.SignedBy)
}
