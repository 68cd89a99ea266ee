package logs

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFolderLoop has folders that lead up: by links, as junctions do, and by
// mounts, of which only the files tell that they are the same. The search ends, no
// file is there twice, and what was found twice is told.
func TestFolderLoop(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.MkdirAll(dir+"/a/b/again", 0o700))
	put(t, dir, "one.log", []byte("x\n"), 0)
	put(t, dir, "a/two.log", []byte("x\n"), 0)
	put(t, dir, "a/b/three.log", []byte("x\n"), 0)
	ok(t, os.Symlink("../..", dir+"/a/b/up"))
	ok(t, os.Symlink(".", dir+"/self"))
	files, _, err := named(t, Options{Globs: []string{dir + "/**/*.log"}})
	if len(files) != 3 || err != nil {
		t.Errorf("links: %d files, %v", len(files), err)
	}
	err = syscall.Mount(dir, dir+"/a/b/again", "", syscall.MS_BIND|syscall.MS_REC, "")
	if errors.Is(err, syscall.EPERM) && os.Getenv("REQUIRE_ALL") != "1" {
		t.Skip("skipped: a mount takes the rights of root")
	}
	ok(t, err)
	defer func() { _ = syscall.Unmount(dir+"/a/b/again", syscall.MNT_DETACH) }()
	files, _, err = named(t, Options{Globs: []string{dir + "/**/*.log"}})
	if len(files) != 3 || err == nil || strings.Count(err.Error(), "another name of") != 3 {
		t.Errorf("mounts: %d files, %v", len(files), err)
	}
}
