package analyzer

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempPrefix begins the names of the folders that jobs unpack into.
const tempPrefix = "asrdiag-job-"

// tempDir names a folder of one job that nobody else can guess. The worker makes
// it when it has something to unpack, which a zip has not.
func tempDir() string { return filepath.Join(os.TempDir(), tempPrefix+rand.Text()) }

// staleAfter is when a job's folder was left behind: no job takes as long.
const staleAfter = 24 * time.Hour

// sweep removes from dir what a run that was killed has left.
func sweep(dir string, now time.Time) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range list {
		info, err := e.Info()
		if err == nil && info.IsDir() && strings.HasPrefix(e.Name(), tempPrefix) && now.Sub(info.ModTime()) > staleAfter {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
