package profiles

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/collector/internal/seal"
)

// MaxCase is the longest number of a support case, in bytes.
const MaxCase = 200

// IsCase reports whether a text can be the number of a support case.
func IsCase(text string) bool {
	return len(text) <= MaxCase && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// sending checks what the profile says about the bundle itself. Keys stand in it
// as such: a file would be one of the machine.
func (v *validator) sending() {
	v.most("encrypt_to", len(v.p.EncryptTo), seal.MaxKeys)
	for i, key := range v.p.EncryptTo {
		at := fmt.Sprintf("encrypt_to[%d]", i)
		_, err := seal.ParseKey(key)
		v.check(err == nil, at, "%v", err)
		v.unique("encrypt_to", at, key)
	}
	v.check(IsCase(v.p.Case), "case", "%.40q is not a line of at most %d bytes", v.p.Case, MaxCase)
}
