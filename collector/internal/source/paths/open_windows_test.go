package paths

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestOpen renames and deletes a file while it is read.
func TestOpen(t *testing.T) {
	dir, err := os.MkdirTemp(".", "open") // Wine cannot remove what t.TempDir gives
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	name := filepath.Join(dir, "a.conf")
	if err := os.WriteFile(name, []byte("K=v"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(name, name+".1"), os.Remove(name+".1")); err != nil {
		t.Errorf("the file is not shared: %v", err)
	}
	if raw, err := io.ReadAll(f); string(raw) != "K=v" || err != nil {
		t.Errorf("read %q, %v", raw, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := d.Stat(); err != nil || !fi.IsDir() {
		t.Errorf("a folder: %v, %v", fi, err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
