package zipwriter

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

func createFile(t *testing.T, name string) *FileWriter {
	t.Helper()
	w, err := CreateFile(name, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestCommit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b.zip")
	w := createFile(t, name)
	for _, c := range testContents() {
		writeEntry(t, w.Writer, c)
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Commit the name is taken: %v", err)
	}
	info, err := os.Lstat(w.Partial())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := w.Commit(bundles.Manifest{Host: bundles.Host{Name: "PS01", OS: "windows", Role: bundles.RoleProcessServer}}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(w.Partial()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Commit the partial file is there: %v", err)
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, testZip(t, testContents())) {
		t.Errorf("file of %d bytes, %v, is not what a Writer gives", len(got), err)
	}
	if err := w.Commit(bundles.Manifest{}); err == nil {
		t.Error("a second Commit is accepted")
	}
	if err := w.Abort(); err != nil {
		t.Errorf("Abort after Commit: %v", err)
	}
	if _, err := os.Lstat(name); err != nil {
		t.Errorf("Abort after Commit removed the bundle: %v", err)
	}
}

func TestAbort(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b.zip")
	w := createFile(t, name)
	writeEntry(t, w.Writer, testContents()[0])
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{name, w.Partial()} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s after Abort: %v", name, err)
		}
	}
	if err := w.Commit(bundles.Manifest{}); err == nil {
		t.Error("Commit after Abort is accepted")
	}
}

func TestNeverOverwrites(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b.zip")
	w := createFile(t, name)
	if _, err := CreateFile(name, testHeader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateFile beside a partial file = %v", err)
	}
	if err := os.WriteFile(name, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateFile(name, testHeader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateFile over a file = %v", err)
	}
	if err := w.Commit(bundles.Manifest{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Commit over a file = %v", err)
	}
	if got, err := os.ReadFile(name); string(got) != "precious" || err != nil {
		t.Errorf("the file has become %q, %v", got, err)
	}
	if _, err := os.Lstat(w.Partial()); err != nil {
		t.Errorf("the partial file is gone after a failed Commit: %v", err)
	}
}

func TestCreateFileErrors(t *testing.T) {
	_, err := CreateFile(filepath.Join(t.TempDir(), "missing", "b.zip"), testHeader)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a missing folder: %v", err)
	}
}

// TestCannotSync tells a share that has no fsync from a disk that fails.
func TestCannotSync(t *testing.T) {
	for err, want := range map[error]bool{syscall.EINVAL: true, syscall.ENOTSUP: true, syscall.ENOSYS: true, syscall.EIO: false, syscall.ENOSPC: false, syscall.EACCES: false} {
		if got := cannotSync(&fs.PathError{Op: "sync", Path: "x", Err: err}); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}
