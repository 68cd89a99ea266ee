//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
)

// spinning writes a bundle on which the hostile pack spins, as a tar.gz, which
// is unpacked into a temporary folder.
func spinning(t *testing.T, dir string) string {
	t.Helper()
	tree, err := bundletest.Parse(txtar.Parse([]byte("-- logs/loop/x.log --\nx\n")))
	if err != nil {
		t.Fatal(err)
	}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "bundle")
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "bundle.tar.gz")
	if out, err := exec.Command("tar", "-C", folder, "-czf", name, ".").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	return name
}

// TestSignals ends an analysis in the middle of its work: neither workers nor
// temporary files stay behind.
func TestSignals(t *testing.T) {
	raw, err := hostilePack()
	if err != nil {
		t.Fatal(err)
	}
	tiny, err := buildTiny()
	if err != nil {
		t.Fatal(err)
	}
	pack := filepath.Join(t.TempDir(), "hostile.asrpack")
	if err := os.WriteFile(pack, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	bundle := spinning(t, t.TempDir())
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			temp := t.TempDir()
			var stdout, stderr bytes.Buffer
			cmd := exec.Command(program, "--jobs", "2", "--pack", pack, "--allow-unsigned", bundle, bundle, bundle)
			cmd.Env = append(os.Environ(), "TMPDIR="+temp, "XDG_CACHE_HOME="+tiny.cache)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			await(t, "two jobs under way", func() bool { return len(list(t, temp)) == 2 })
			workers := children(t, cmd.Process.Pid)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "asrdiag: error: interrupted\n") {
				t.Errorf("exit code %d, stderr %q; want 1 and to be interrupted", code, stderr.String())
			}
			if left := list(t, temp); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			for _, pid := range workers {
				if syscall.Kill(pid, 0) == nil {
					t.Errorf("worker %d is still there", pid)
				}
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout has %q", stdout.String())
			}
		})
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// children are the processes that a process started; none where the system
// does not say.
func children(t *testing.T, pid int) (pids []int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.Fields(string(raw)) {
			var child int
			if _, err := fmt.Sscan(word, &child); err != nil {
				t.Fatal(err)
			}
			pids = append(pids, child)
		}
	}
	return pids
}

// await waits for a condition.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("no %s", what)
}

// TestWorkerKilled kills the worker under a running analysis: that costs the
// bundle's answer or, in a module, the check's, and it is said.
func TestWorkerKilled(t *testing.T) {
	raw, err := hostilePack()
	if err != nil {
		t.Fatal(err)
	}
	tiny, err := buildTiny()
	if err != nil {
		t.Fatal(err)
	}
	pack := filepath.Join(t.TempDir(), "hostile.asrpack")
	if err := os.WriteFile(pack, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, "--format", "json", "--pack", pack, "--allow-unsigned", spinning(t, t.TempDir()))
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "XDG_CACHE_HOME="+tiny.cache)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var workers []int
	await(t, "worker", func() bool { workers = children(t, cmd.Process.Pid); return len(workers) == 1 })
	if err := syscall.Kill(workers[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 4 {
		t.Errorf("exit code %d, want 4", code)
	}
	lost := stdout.Len() == 0 && strings.Contains(stderr.String(), "the worker process died: signal: killed\nasrdiag: hint: ")
	if !lost && !(json.Valid(stdout.Bytes()) && strings.Contains(stdout.String(), `"outcome": "error"`)) {
		t.Errorf("neither an error nor a report of what was lost:\n%s%s", stderr.String(), stdout.String())
	}
}
