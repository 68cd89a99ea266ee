// Package bundlezip reads the zip form of a bundle, which package zipwriter
// writes.
//
// The Reader trusts nothing: names are checked, links, duplicates and
// collisions are dropped and reported, and what is inflated is counted against
// caps, whatever the headers say. Salvage reads a zip whose end is missing.
package bundlezip

import "errors"

// Caps of Reader and Salvage, besides those of package zipform.
const (
	MaxOut       = 16 << 30 // bytes inflated from one archive; reading again is free
	MaxRatio     = 1000     // inflated to compressed, of an entry and of the archive
	RatioFloor   = 10 << 20 // inflated bytes from which on MaxRatio holds
	maxDirectory = 32 << 20 // bytes of the zip's central directory
	MaxPiece     = 8 << 20  // bytes of a piece that the Reader inflates apart, stored and inflated
	bufferSize   = 64 << 10 // of file reads
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
)
