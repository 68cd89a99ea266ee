// Package packfile reads, writes, signs and verifies check packs, format 1.
//
// A pack is a zip of one exact form: stored entries, ordered, with fixed times,
// so that the same content gives the same bytes. Its signature is a detached
// minisign file over all of them. Verify before Open: the bytes of a pack are
// not parsed until a trusted key vouches for them. docs/pack-format.md is the
// normative text.
package packfile

import "errors"

// Limits of a pack. What is larger is refused, not cut.
const (
	MaxPackBytes   = 64 << 20
	MaxModuleBytes = 8 << 20
	MaxFileBytes   = 1 << 20 // any file but a module
	MaxEntries     = 1000
	MaxNameBytes   = 200
)

// Format is the version of the pack format that this package reads and writes.
const Format = 1

// EngineVersion is the version of the analysis engine, which a pack's
// engine_min is compared with.
const EngineVersion = "0.1.0"

// Suffixes of file names.
const (
	Ext          = ".asrpack"
	SignatureExt = ".minisig"
	PublicKeyExt = ".pub"
)

// ManifestPath is the first entry of every pack.
const ManifestPath = "pack.json"

// Errors of Open.
var (
	ErrMalformed = errors.New("not a valid check pack")
	ErrFormat    = errors.New("pack format not supported")
	ErrABI       = errors.New("pack needs another check ABI")
	ErrEngine    = errors.New("pack needs a newer engine")
)

// Errors of Verify.
var (
	ErrUnsigned      = errors.New("pack is not signed")
	ErrUntrusted     = errors.New("pack is signed by a key that is not trusted")
	ErrTampered      = errors.New("signature does not match: the file was changed after it was signed")
	ErrSignatureForm = errors.New("signature file is not in its canonical form")
)

// ErrSecretKey means that what should be a public key is a secret one.
var ErrSecretKey = errors.New("this is a secret key, which nobody but its owner may have")
