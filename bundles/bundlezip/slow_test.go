//go:build slow

package bundlezip

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// TestHugeEntry writes an entry of more than 4 GiB and reads it with this
// package, with the standard library and through Salvage.
func TestHugeEntry(t *testing.T) {
	const blocks = 4100
	block := hugeBlock()
	name := filepath.Join(t.TempDir(), "huge.zip")
	w, err := zipwriter.CreateFile(name, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Create(bundles.File{Path: "logs/a/huge.log"})
	if err != nil {
		t.Fatal(err)
	}
	for range blocks {
		if _, err := e.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(e.Close(), w.Commit(bundles.Manifest{})); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	size := int64(blocks * len(block))
	if n, err := io.Copy(io.Discard, open(t, r, "logs/a/huge.log")); err != nil || n != size {
		t.Errorf("Reader: %d bytes, %v", n, err)
	}
	zr, err := zip.NewReader(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	if got := int64(zr.File[1].UncompressedSize64); got != size {
		t.Errorf("archive/zip: %d bytes", got)
	}
	s, err := Salvage(f, info.Size()-100)
	if err != nil {
		t.Fatal(err)
	}
	if e := s.files["logs/a/huge.log"]; e == nil || e.size != size || s.files[bundles.ManifestPath] == nil {
		t.Errorf("Salvage: %+v, rejected %v", s.files, s.Rejected())
	}
}

// hugeBlock is 1 MiB of log lines.
func hugeBlock() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, "2026-03-05T09:%02d:%02dZ\tline %d of a log\r\n", i/60%60, i%60, i*7919)
	}
	return b.Bytes()[:1<<20]
}
