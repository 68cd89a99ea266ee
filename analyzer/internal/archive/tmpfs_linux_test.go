package archive

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// tmpfs mounts a small file system for the time of a test.
func tmpfs(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		program.Missing(t, "mounting a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
