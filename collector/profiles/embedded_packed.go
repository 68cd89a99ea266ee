//go:build packed

package profiles

import _ "embed" // packed.gz

// packed is what make packs of the profiles, for programs that have to be small.
//
//go:embed packed.gz
var packed []byte

// documents are the embedded profiles by name.
func documents() ([]document, error) { return unpack(packed) }
