// Package zipform has what the writer and the reader of a bundle's zip agree on:
// the names and sizes that can be, and the numbers of the zip format.
//
// They are apart from each other, because the collector only writes.
package zipform

import "errors"

// What a bundle may hold.
const (
	MaxEntries  = 100_000 // entries, and directories that their names imply
	MaxName     = 4096    // bytes of an entry's name
	MaxDepth    = 64      // elements of an entry's name
	PieceBytes  = 4 << 20 // bytes of an entry after which the writer starts its stream afresh
	MaxRestarts = 4095    // restart points of an entry: 16 GiB in pieces of PieceBytes
)

// ErrName means that a name cannot stand in a bundle.
var ErrName = errors.New("unsafe name")
