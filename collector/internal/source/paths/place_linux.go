package paths

import (
	"path/filepath"

	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

// BehindLinks is where a path leads, all links in it resolved.
func BehindLinks(path string) (string, error) { return filepath.EvalSymlinks(path) }

func volumeOf(path string) (string, error) {
	mounts, err := procfs.Root("/proc").Mounts()
	if err != nil {
		return "", err
	}
	return procfs.MountpointOf(mounts, path)
}
