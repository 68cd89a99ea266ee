package certificates

import (
	"errors"
	"io/fs"
	"testing"
)

// TestSystemStores reads the machine's own roots.
func TestSystemStores(t *testing.T) {
	list, err := stored("ROOT")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if len(s.DER) == 0 || s.HasKey {
			t.Errorf("a root of %d bytes with a key: %v", len(s.DER), s.HasKey)
		}
	}
	if list, err = stored("Asrdiag None"); len(list) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a store that is not there: %d, %v", len(list), err)
	}
}
