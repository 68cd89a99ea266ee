package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNoCore has a run crash where the system is told to keep the memory of what
// crashes: it has the texts as they were, and is not kept. Nor may another program
// of the same user look into it.
func TestNoCore(t *testing.T) {
	exe, profile, out := binary(t), workload(t), t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `ulimit -c unlimited; exec "$@"`, "sh", exe, "-d", "30s", "-o", out, "-p", profile, "--yes", "--min-free", "0", "--log-age", "0", "--no-probes")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "GOTRACEBACK=crash")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); len(visible(out)) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			_ = cmd.Process.Kill()
			t.Fatal("the run does not begin")
		}
	}
	limits, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "limits"))
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0 bytes") {
		t.Errorf("the memory may be kept: %v\n%s", err, limits)
	}
	sig := syscall.SIGABRT // after which Go takes ten seconds
	if leastHits == 0 {
		sig = syscall.SIGKILL
	}
	_ = cmd.Process.Signal(sig) // it is ours, and runs
	_ = cmd.Wait()              // by force
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if left := visible(cmd.Dir); !ok || status.CoreDump() || len(left) > 0 {
		t.Errorf("%v, core %v, left %q", cmd.ProcessState, status.CoreDump(), left)
	}
}
