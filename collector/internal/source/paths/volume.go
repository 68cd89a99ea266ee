package paths

import (
	"errors"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

// mountpointOf finds the mount that a path without links lies in. Of several
// that contain it the last one hides the others.
func mountpointOf(mounts []procfs.Mount, path string) (string, error) {
	found := ""
	for _, m := range mounts {
		dir := strings.TrimSuffix(m.Mountpoint, "/")
		if path == dir || strings.HasPrefix(path, dir+"/") {
			found = m.Mountpoint
		}
	}
	if found == "" {
		return "", errors.New("no mounted volume holds it")
	}
	return found, nil
}

// shortPath takes off the prefix that Windows writes before a full path.
func shortPath(path string) string {
	if rest, ok := strings.CutPrefix(path, `\\?\UNC\`); ok {
		return `\\` + rest
	}
	return strings.TrimPrefix(path, `\\?\`)
}
