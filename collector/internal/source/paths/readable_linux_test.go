package paths

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReadable(t *testing.T) {
	dir := t.TempDir()
	open, closed := filepath.Join(dir, "open"), filepath.Join(dir, "closed")
	if err := errors.Join(os.WriteFile(open, nil, 0o600), os.WriteFile(closed, nil, 0), unix.Mkfifo(dir+"/fifo", 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{open: nil, dir + "/fifo": nil, dir + "/none": fs.ErrNotExist} {
		if err := Readable(path); !errors.Is(err, want) {
			t.Errorf("Readable(%s) = %v, want %v", path, err, want)
		}
	}
	if os.Geteuid() == 0 {
		return // may read everything
	}
	if err := Readable(closed); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that may not be read: %v", err)
	}
}
