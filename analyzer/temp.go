package analyzer

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tempPrefix begins the names of the folders that jobs unpack into.
const tempPrefix = "asrdiag-job-"

// tempDir names a folder of one job that nobody else can guess. The worker makes
// it when it has something to unpack, which a zip has not. The name says whose it
// is.
func tempDir() string {
	owner := fmt.Sprintf("%s-%d-", pidSpace(), os.Getpid())
	return filepath.Join(os.TempDir(), tempPrefix+owner+rand.Text())
}

// staleAfter is when a job's folder was left behind, whoever's it is: no job
// takes as long.
const staleAfter = 24 * time.Hour

// sweep removes from dir what a run that was killed has left: folders of
// processes that are gone, and, where that cannot be told, old ones.
func sweep(dir string, now time.Time) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range list {
		owner, ours := strings.CutPrefix(e.Name(), tempPrefix)
		if !ours || !e.IsDir() {
			continue
		}
		info, err := e.Info()
		if err == nil && (orphan(owner) || now.Sub(info.ModTime()) > staleAfter) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// orphan reports whether a folder is of a process that is gone. Numbers of
// processes mean something only within one space of them: containers may share a
// temporary folder and no processes.
func orphan(owner string) bool {
	space, rest, _ := strings.Cut(owner, "-")
	number, _, ok := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return ok && err == nil && pid > 0 && space != "" && space == pidSpace() && gone(pid)
}
