// Package bundlezip writes and reads the zip form of a bundle.
//
// The Writer streams: it never seeks, so that a bundle can go to a pipe or a
// network share, and everything up to the last closed entry is usable when the
// machine dies. The same input gives the same bytes.
//
// The Reader trusts nothing: names are checked, links, duplicates and
// collisions are dropped and reported, and what is inflated is counted against
// caps, whatever the headers say. Salvage reads a zip whose end is missing.
package bundlezip

import "errors"

// Caps of Writer, Reader and Salvage.
const (
	MaxEntries   = 100_000  // entries, and directories that their names imply
	MaxName      = 4096     // bytes of an entry's name
	MaxDepth     = 64       // elements of an entry's name
	MaxOut       = 16 << 30 // bytes inflated from one archive; reading again is free
	MaxRatio     = 1000     // inflated to compressed, of an entry and of the archive
	RatioFloor   = 10 << 20 // inflated bytes from which on MaxRatio holds
	maxDirectory = 32 << 20 // bytes of the zip's central directory
	PieceBytes   = 4 << 20  // bytes of an entry after which the Writer starts its stream afresh
	MaxPiece     = 8 << 20  // bytes of a piece that the Reader inflates apart, stored and inflated
	MaxRestarts  = 4095     // restart points of an entry: MaxOut in pieces of PieceBytes
	bufferSize   = 64 << 10 // of file reads and writes
	deflateLevel = 3        // klauspost's numbering; higher costs a sick host more than it saves
)

// Errors of this package; test with errors.Is.
var (
	// ErrNotZip means that the file does not begin or end like a zip.
	ErrNotZip = errors.New("not a zip file")
	// ErrCut means that the file begins like a zip and has no usable central
	// directory: Salvage may get at what is whole.
	ErrCut = errors.New("zip file is cut off or damaged at its end")
	// ErrEncrypted means that an entry is encrypted with a password.
	ErrEncrypted = errors.New("zip file is encrypted with a password")
	// ErrLimit means that one of the caps was reached.
	ErrLimit = errors.New("archive is over a limit")
	// ErrName means that a name cannot stand in a bundle.
	ErrName = errors.New("unsafe name")
	// ErrDuplicate means that a Writer was given a name twice, or one name as
	// file and as folder.
	ErrDuplicate = errors.New("name is already in the bundle")
)
