package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/cmd/asrdiag/internal/packstore"
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

// ownKeys are the keys that are part of the program.
func (a *app) ownKeys() (packfile.Keyring, error) {
	own, err := fs.Sub(a.packs, packsDir)
	if err != nil {
		return packfile.Keyring{}, err
	}
	return packfile.LoadKeyring(own)
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
func (d *desk) loadPack(file string, allowUnsigned bool) (pack, error) {
	raw, err := readRegular(file, packfile.MaxPackBytes)
	if err != nil {
		return pack{}, failed(err, "name a file *"+packfile.Ext)
	}
	sig, err := readSignature(file)
	if err != nil {
		return pack{}, packFailure(file, err)
	}
	signer, err := d.keys.Verify(raw, sig)
	unsigned := errors.Is(err, packfile.ErrUnsigned) && allowUnsigned
	if err != nil && !unsigned {
		return pack{}, packFailure(file, err)
	}
	p, err := openRecovering(raw)
	if err != nil {
		return pack{}, packFailure(file, err)
	}
	p.SignedBy, p.Unsigned = signer, unsigned
	return fromFile(file, p)
}

// fromFile is a pack of a file outside of the store.
func fromFile(file string, p *packfile.Pack) (pack, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return pack{}, err
	}
	ref := analyzer.PackRef{File: abs, SHA256: p.SHA256, SignedBy: p.SignedBy, Unsigned: p.Unsigned}
	return pack{p, ref, file}, nil
}

// readSignature reads the signature file beside a pack: nil when there is none,
// which one that is empty is not.
func readSignature(file string) ([]byte, error) {
	sig, err := readRegular(file+packfile.SignatureExt, 64<<10)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case len(sig) == 0:
		return nil, fmt.Errorf("%w: it is empty", packfile.ErrSignatureForm)
	}
	return sig, nil
}

// openRecovering opens a pack. A panic is a bug of ours, but one that the pack's
// author chose to meet.
func openRecovering(raw []byte) (*packfile.Pack, error) {
	return recovering(func() (*packfile.Pack, error) { return packfile.Open(raw) })
}

func recovering(open func() (*packfile.Pack, error)) (p *packfile.Pack, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("%w: it breaks the reader: %v", packfile.ErrMalformed, r)
		}
	}()
	return open()
}

// packFailure adds the hint that fits the reason.
func packFailure(file string, err error) error {
	return failed(fmt.Errorf("pack %q: %w", file, err), packHint(file, err))
}

func packHint(file string, err error) string {
	switch {
	case errors.Is(err, packfile.ErrUnsigned):
		return fmt.Sprintf("put %s beside it; or, if it is yours, asrdiag pack sign --key KEY %s, or --allow-unsigned to run it as it is",
			filepath.Base(file)+packfile.SignatureExt, file)
	case errors.Is(err, packfile.ErrUntrusted):
		return "if you trust the signer: asrdiag pack trust KEY.pub"
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

// installedFailure is packFailure for a pack of the store.
func installedFailure(e packstore.Entry, err error) error {
	id := e.Name + "@" + e.Version
	return failed(fmt.Errorf("installed pack %s: %w", id, err), cmp.Or(installedHint(id, err), packHint(e.File, err)))
}

func installedHint(id string, err error) string {
	switch {
	case errors.Is(err, packfile.ErrUntrusted):
		return "asrdiag pack trust KEY.pub, if you trust the signer; else asrdiag pack remove " + id
	case errors.Is(err, packfile.ErrABI), errors.Is(err, packfile.ErrEngine), errors.Is(err, packfile.ErrFormat):
		return ""
	}
	return "asrdiag pack remove " + id + ", then install it again"
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
