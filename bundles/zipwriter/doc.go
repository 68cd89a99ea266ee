// Package zipwriter writes the zip form of a bundle.
//
// The Writer streams: it never seeks, so that a bundle can go to a pipe or a
// network share, and everything up to the last closed entry is usable when the
// machine dies. The same input gives the same bytes.
package zipwriter

import "errors"

const (
	bufferSize   = 64 << 10 // of file writes
	deflateLevel = 3        // klauspost's numbering; higher costs a sick host more than it saves

	madeByUnix  = 3 << 8 // gives the external attributes their meaning
	modeRegular = 0o100644 << 16
)

// Errors of this package, besides zipform.ErrName; test with errors.Is.
var (
	// ErrLimit means that the bundle has as much as one can hold.
	ErrLimit = errors.New("bundle is over a limit")
	// ErrDuplicate means that a Writer was given a name twice, or one name as
	// file and as folder.
	ErrDuplicate = errors.New("name is already in the bundle")
)
