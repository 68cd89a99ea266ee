package redact

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

// TestDigestsStay redacts digests, which as base64 would be texts now and then.
func TestDigestsStay(t *testing.T) {
	r := New(Options{})
	for n := range 20000 {
		sum := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		for _, form := range []string{"%x", "%X", "thumbprint: %x issued", "https://host/%x/file"} {
			in := fmt.Sprintf(form, sum)
			if out := r.String(in, nil); out != in {
				t.Fatalf("%s became %s", in, out)
			}
		}
	}
}
