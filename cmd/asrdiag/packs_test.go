package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// TestSumsOfEmbedded: the sums that "make build" puts beside the packs are theirs.
func TestSumsOfEmbedded(t *testing.T) {
	sums, err := fs.Glob(embedded, packsDir+"/*"+packfile.SumExt)
	if err != nil {
		t.Fatal(err)
	}
	if len(sums) == 0 {
		t.Skip("skipped: no packs are embedded: make build")
	}
	for _, name := range sums {
		want, err := fs.ReadFile(embedded, name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := fs.ReadFile(embedded, strings.TrimSuffix(name, packfile.SumExt))
		if sum := sha256.Sum256(raw); err != nil || hex.EncodeToString(sum[:]) != strings.TrimSpace(string(want)) {
			t.Errorf("%s says %s of a pack with the hash %x, %v: make build", name, want, sum, err)
		}
	}
}
