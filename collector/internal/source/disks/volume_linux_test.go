package disks

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVolume mounts a volume and looks for it by paths, links and names that do
// not exist.
func TestVolume(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skipped: mounting a volume needs root")
	}
	base := t.TempDir()
	other := filepath.Join(base, "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", other, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("skipped: cannot mount a volume here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(other, 0) })
	for link, to := range map[string]string{"link": other, "dangling": "other/none", "up": "."} {
		if err := os.Symlink(to, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, there := range map[string]bool{
		"": false, "none/deeper": false, "up": false, "up/other": true,
		"other": true, "other/none/deeper": true, "link": true, "link/none": true, "dangling": true,
	} {
		got, err := Volume(filepath.Join(base, path))
		want, werr := Volume(other)
		if err != nil || werr != nil || (got == want) != there {
			t.Errorf("Volume(%q) = %q, %v; that of the mount is %q", path, got, err, want)
		}
	}
	if free, total, err := Room(other); err != nil || total != 1<<20 || free <= 0 || free > total {
		t.Errorf("Room = %d, %d, %v", free, total, err)
	}
}
