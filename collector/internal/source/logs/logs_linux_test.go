package logs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// TestOddFiles has what must not be opened or followed.
func TestOddFiles(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	put(t, dir, "real.log", []byte("real\n"), 0)
	put(t, out, "outside.log", []byte("outside\n"), 0)
	put(t, dir, "sub/deep.log", []byte("deep\n"), 0)
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.log"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"out.log": out + "/outside.log", "again.log": "real.log", "null.log": "/dev/null", "nowhere.log": "none", "loop.log": "loop.log"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(out, filepath.Join(dir, "linked")); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		files, _, err := run(t, Options{Globs: []string{dir + "/*.log", dir + "/*/*.log", dir + "/**/*.log"}}, store.Limits{})
		if len(files) != 2 || files["deep.log"].Path == "" || status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "out.log: a link out of its folder") {
			t.Errorf("files = %v, %v", files, err)
		}
		if f := files["real.log"]; f.Path == "" && files["again.log"].Path == "" {
			t.Errorf("the file that a link in its folder leads to is missing: %v", files)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the reader waits for a FIFO")
	}
}

// TestSwapped has a FIFO where a file was when it was found.
func TestSwapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openLog(filepath.Split(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || fi.Mode().IsRegular() {
		t.Errorf("a FIFO is a regular file: %v, %v", fi, err)
	}
}

func TestDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	if err := os.Chmod(put(t, dir, "a.log", []byte("x\n"), 0), 0); err != nil {
		t.Fatal(err)
	}
	files, _, err := run(t, Options{Globs: []string{dir + "/*.log"}}, store.Limits{})
	if len(files) != 0 || status(err) != bundles.StatusDenied {
		t.Errorf("files = %v, %v", files, err)
	}
}

// growing writes to a file each time that it is read.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "a.log", []byte(lines(10)), time.Hour)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if changed(f, fi) {
		t.Error("a file that nobody wrote to has changed")
	}
	put(t, dir, "a.log", []byte(lines(11)), 0)
	if !changed(f, fi) {
		t.Error("a file that was written to has not changed")
	}
}

func TestFindOrder(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.log", nil, 2*time.Hour)
	put(t, dir, "b.log", nil, time.Hour)
	put(t, dir, "c.txt", nil, 0)
	got := Find(context.Background(), []string{dir + "/*.log", dir + "/b.log", "/nonesuch/*.log"}, time.Time{})
	if len(got.Files) != 2 || !strings.HasSuffix(got.Files[0].Path, "b.log") {
		t.Errorf("found %+v, want b.log before a.log, each once", got.Files)
	}
}

// TestManyFiles has more files than are copied: the newest are, and it is said.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range maxFiles + 3 {
		put(t, dir, fmt.Sprintf("%d.log", i), []byte("x\n"), time.Duration(i)*time.Second)
	}
	files, _, err := run(t, Options{Globs: []string{dir + "/*.log"}}, store.Limits{})
	if len(files) != maxFiles || files["0.log"].Path == "" || files[fmt.Sprintf("%d.log", maxFiles)].Path != "" {
		t.Errorf("%d files are copied, want the newest %d", len(files), maxFiles)
	}
	if status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "5003 files: only the newest 5000") {
		t.Errorf("the source ends with %v", err)
	}
}

// TestKernelFile has a file that says it is empty and is not.
func TestKernelFile(t *testing.T) {
	files, _, err := run(t, Options{Globs: []string{"/proc/meminfo"}}, store.Limits{})
	if len(files) != 0 || status(err) != bundles.StatusFailed {
		t.Errorf("files = %v, %v", files, err)
	}
}

// TestSwappedFolder has a link out of the folder of the logs where a folder was
// when the file in it was found.
func TestSwappedFolder(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	put(t, dir, "sub/a.log", []byte("inside\n"), 0)
	put(t, out, "a.log", []byte("outside\n"), 0)
	found := Find(context.Background(), []string{dir + "/*/a.log"}, time.Time{}).Files
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	if err := os.RemoveAll(dir + "/sub"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(out, dir+"/sub"); err != nil {
		t.Fatal(err)
	}
	if f, err := openLog(found[0].Base, found[0].Real); err == nil {
		f.Close()
		t.Error("a file outside of the folder is opened")
	}
}
