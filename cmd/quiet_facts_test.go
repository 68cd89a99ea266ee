package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

// Facts of machines on which nothing is wrong give nothing above info: of this very
// machine, and of the healthy simulated servers that make incidents has collected.
// Logs are the matter of TestLogsWithoutFault.
func TestFactsWithoutFault(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requirePacks(t, root)
	dir := t.TempDir()
	build(t, root, dir, "linux", "asrdiag")
	asrdiag := filepath.Join(dir, "asrdiag")
	t.Run("this machine", func(t *testing.T) { testOwnFacts(t, root, asrdiag) })
	t.Run("collected", func(t *testing.T) { testCollectedFacts(t, root, asrdiag) })
}

// testOwnFacts looks at this machine as if it were a source machine. That the agent and
// its disk filter are not there is the only thing that may be told.
func testOwnFacts(t *testing.T, root, asrdiag string) {
	if runtime.GOOS != "linux" {
		t.Skip("collects with the Linux program")
	}
	dir := t.TempDir()
	build(t, root, dir, "linux", "asrcollect")
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "asrcollect"), "--profile", "asr-source-machine", "--duration", "3s", "--interval", "1s", "--log-age", "1h", "--no-probes", "--out", out, "--quiet", "--yes")
	cmd.Env = append(os.Environ(), "ASRCOLLECT_LOCK=asrcollect-"+filepath.Base(dir))
	if text, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 0 && cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("asrcollect: %v\n%s", err, text)
	}
	for _, r := range analyzeAll(t, asrdiag, out, "--role", "source-machine") {
		looked := 0
		r.Checks = slices.DeleteFunc(r.Checks, func(c report.Check) bool {
			looked++
			return strings.HasSuffix(c.ID, "/agent-running") || strings.HasSuffix(c.ID, "/driver-loaded")
		})
		if looked < 10 {
			t.Errorf("%d checks", looked)
		}
		nothingAboveInfo(t, r, "source-machine")
	}
}

// testCollectedFacts looks at what was collected from healthy servers: the one that is
// kept, and those of the last make incidents, unless the simulator is newer.
func testCollectedFacts(t *testing.T, root, asrdiag string) {
	dir := t.TempDir()
	list := []string{filepath.Join(root, "bundles/testdata/healthy.zip")}
	made, err := filepath.Glob(filepath.Join(root, "bin/incidents/*healthy*.zip"))
	if err != nil {
		t.Fatal(err)
	}
	changed := newestFile(t, filepath.Join(root, "cmd/simulator"))
	for _, path := range made {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(changed) {
			list = append(list, path)
		} else {
			t.Logf("%s: skipped: older than the simulator", filepath.Base(path))
		}
	}
	for _, path := range list {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, strings.TrimSuffix(filepath.Base(path), ".zip")+"-"+filepath.Base(filepath.Dir(path))+".zip"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reports := analyzeAll(t, asrdiag, dir)
	if len(reports) != len(list) {
		t.Errorf("%d reports of %d bundles", len(reports), len(list))
	}
	for _, r := range reports {
		nothingAboveInfo(t, r, r.Bundle.Deployment)
	}
}

// newestFile is when the newest file of a folder was changed.
func newestFile(t *testing.T, dir string) (newest time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return newest
}
