package cache

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLoop has links that lead up and out, and a folder that may not be read.
func TestLoop(t *testing.T) {
	root := tree(t, map[string][2]int{"h/d/diffs/a": {3, 0}, "h/e/diffs/b": {5, 0}})
	for _, link := range []string{"h/loop", "h/d/diffs/loop", "h/d/resync"} {
		if err := os.Symlink("..", filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	sum, items, err := Walk(context.Background(), root, folders(), MaxEntries)
	if err != nil || !sum.Complete || sum.PendingBytes != 8 || len(items) != 2 {
		t.Errorf("Walk = %+v, %+v, %v", sum, items, err)
	}
	looped := filepath.Join(root, "h/d/diffs/mounted")
	if err := os.Mkdir(looped, 0o700); err != nil {
		t.Fatal(err)
	}
	if syscall.Mount(root, looped, "", syscall.MS_BIND|syscall.MS_REC, "") == nil { // takes the rights of root
		sum, items, err = Walk(context.Background(), root, folders(), MaxEntries)
		_ = syscall.Unmount(looped, syscall.MNT_DETACH)
		if err != nil || !sum.Complete || len(items) != 2 {
			t.Errorf("behind a mount: %+v, %+v, %v", sum, items, err)
		}
	}
	denied := filepath.Join(root, "h/e/diffs")
	if err := os.Chmod(denied, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(denied, 0o700) })
	if os.Geteuid() == 0 {
		return // may read everything
	}
	sum, items, err = Walk(context.Background(), root, folders(), MaxEntries)
	if err == nil || !strings.Contains(err.Error(), "1 folders could not be read") || sum.Complete || items[1].Error == "" || items[1].Files != 0 {
		t.Errorf("denied: %+v, %+v, %v", sum, items, err)
	}
}
