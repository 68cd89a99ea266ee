package zipwriter

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// TestNoSpace writes to the device that is always full: the cause can be told.
func TestNoSpace(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("no /dev/full here: %v", err)
	}
	defer full.Close()
	w, err := NewWriter(full, testHeader)
	if err == nil {
		var e interface{ Close() error }
		if e, err = w.Create(bundles.File{Path: "logs/a/" + strings.Repeat("x", 100)}); err == nil {
			err = e.Close()
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want ENOSPC", err)
	}
}
