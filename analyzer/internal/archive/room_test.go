package archive

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestNoRoom tells a fault of this machine from one of the archive.
func TestNoRoom(t *testing.T) {
	dir := t.TempDir()
	name, file := filepath.Join(dir, "sent.tar"), filepath.Join(dir, "file")
	for _, n := range []string{name, file} {
		if err := os.WriteFile(n, makeTar(t, bundle...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(context.Background(), name, filepath.Join(file, "temp")); !errors.Is(err, ErrSpool) {
		t.Errorf("with a file for a temporary folder: %v, want %v", err, ErrSpool)
	}
	made := filepath.Join(dir, "made")
	a, err := Open(context.Background(), name, made)
	if err != nil {
		t.Fatalf("with a temporary folder that is not there yet: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// TestFolderIsGone loses the spool while an archive is unpacked.
func TestFolderIsGone(t *testing.T) {
	s, err := newSpool(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.root.Close(); err != nil {
		t.Fatal(err)
	}
	tarFormat, _ := identify(makeTar(t, bundle...))
	in := filepath.Join(t.TempDir(), "sent.tar")
	if err := os.WriteFile(in, makeTar(t, bundle...), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := s.unpack(context.Background(), tarFormat, r); !errors.Is(err, ErrSpool) || len(s.problems) > 0 {
		t.Errorf("unpack = %v with problems %v, want %v and none", err, s.problems, ErrSpool)
	}
	w := spoolWriter{failing{}}
	if _, err := w.Write([]byte("x")); !errors.Is(err, ErrSpool) {
		t.Errorf("a full disk gives %v, want %v", err, ErrSpool)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
