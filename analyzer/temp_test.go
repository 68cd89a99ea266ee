package analyzer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSweepOrphans removes at once what a process that is gone has left, and
// nothing of others.
func TestSweepOrphans(t *testing.T) {
	if pidSpace() == "" {
		t.Skip("processes are not told apart here")
	}
	t.Setenv(workerMode, "none")
	cmd := exec.Command(os.Args[0])
	_ = cmd.Run()
	dead, dir := cmd.Process.Pid, t.TempDir()
	name := func(space string, pid int) string { return fmt.Sprintf("%s%s-%d-X", tempPrefix, space, pid) }
	keep := []string{name("elsewhere", dead), name(pidSpace(), os.Getpid()), tempPrefix + "X", tempPrefix + "--X", name(pidSpace(), -1)}
	for _, n := range append(keep, name(pidSpace(), dead)) {
		if err := os.MkdirAll(filepath.Join(dir, n, "spool"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sweep(dir, time.Now())
	var left []string
	list, err := os.ReadDir(dir)
	for _, e := range list {
		left = append(left, e.Name())
	}
	slices.Sort(keep)
	if err != nil || !slices.Equal(left, keep) {
		t.Errorf("left are %q, %v, want %q", left, err, keep)
	}
	if own := strings.TrimSuffix(name(pidSpace(), os.Getpid()), "X"); !strings.HasPrefix(filepath.Base(tempDir()), own) {
		t.Errorf("a new folder is %q, want %q in front", tempDir(), own)
	}
}
