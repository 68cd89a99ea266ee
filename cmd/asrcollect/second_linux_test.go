package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runIt runs the program and returns its exit code and what it printed.
func runIt(t *testing.T, exe string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(exe, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// TestSecond starts the program while a collection runs: another collection is
// refused, with the process that it has to wait for; what only looks is not.
// The next collection tells what the first, killed one has left.
func TestSecond(t *testing.T) {
	exe, profile, out := binary(t), workload(t), t.TempDir()
	first := exec.Command(exe, "-d", "1h", "-o", out, "-p", profile, "--yes", "--min-free", "1MiB", "--quiet")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Process.Kill(); _ = first.Wait() }()
	for limit := time.Now().Add(30 * time.Second); len(visible(out)) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the first collection does not begin")
		}
	}
	for _, to := range []string{t.TempDir(), "-"} {
		code, stdout, stderr := runIt(t, exe, "-q", "-o", to, "-p", profile, "--yes", "--min-free", "1MiB")
		if code != exitNoBundle || stdout != "" || !strings.Contains(stderr, fmt.Sprintf("process %d of", first.Process.Pid)) || !strings.Contains(stderr, fmt.Sprintf("kill -INT %d", first.Process.Pid)) {
			t.Errorf("--out %s: exit code %d, %q\n%s", to, code, stdout, stderr)
		}
	}
	for _, args := range [][]string{{"version"}, {"profiles"}, {"preview", "-p", profile}, {"--help"}} {
		if code, _, stderr := runIt(t, exe, args...); code != 0 {
			t.Errorf("%v: exit code %d\n%s", args, code, stderr)
		}
	}
	_ = first.Process.Kill()
	_ = first.Wait()
	code, _, stderr := runIt(t, exe, "-d", "200ms", "--interval", "100ms", "-o", out, "-p", profile, "--yes", "--min-free", "1MiB")
	if code != exitComplete && code != exitLacking || !strings.Contains(stderr, "an earlier run was killed and left") {
		t.Errorf("after the death of the first: exit code %d\n%s", code, stderr)
	}
	if names := visible(out); len(names) != 2 {
		t.Errorf("left %v, want the bundle beside what the first has left", names)
	}
}

// TestDefaultFolder leaves --out away: the bundle lies beside the program.
func TestDefaultFolder(t *testing.T) {
	raw, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	profile, dir := workload(t), t.TempDir()
	exe := filepath.Join(dir, "asrcollect")
	if err := os.WriteFile(exe, raw, 0o700); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runIt(t, exe, "-d", "200ms", "--interval", "100ms", "-p", profile, "--yes", "--min-free", "1MiB")
	if path := strings.TrimSpace(stdout); filepath.Dir(path) != dir || code != exitComplete && code != exitLacking {
		t.Errorf("exit code %d, bundle %q, want it in %s\n%s", code, path, dir, stderr)
	} else if err := verify(path); err != nil {
		t.Error(err)
	}
}
