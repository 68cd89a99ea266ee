package commands

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/programs"
)

// The test program plays the programs that are started: what it does stands
// behind the last flag.
const (
	playParent = "-test.run=^TestPlayParent$"
	playChild  = "-test.run=^TestPlayChild$"
	playSilent = "-test.run=^TestPlaySilent$"
)

// played gives what stands behind the flags; it skips where the test was not
// started as a program.
func played(t *testing.T) string {
	t.Helper()
	for i, a := range os.Args {
		if a == "--" && i+1 < len(os.Args) {
			return os.Args[i+1]
		}
	}
	t.Skip("plays a program for other tests")
	return ""
}

// TestPlayParent starts a child, notes its process in a file, says that it has
// begun, and waits for the child, which never ends.
func TestPlayParent(t *testing.T) {
	file := played(t)
	cmd := exec.Command(os.Args[0], playChild, "--", "child")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("begun\n")
	if err := os.WriteFile(file+".part", []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".part", file); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

func TestPlayChild(t *testing.T) {
	played(t)
	time.Sleep(10 * time.Minute)
}

func TestPlaySilent(t *testing.T) {
	played(t)
	os.Exit(0)
}

// hanging is a program that starts a child, which it notes in the file.
func hanging(t *testing.T, timeout time.Duration) (j Job, file string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "asrdiag-tree-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // Wine cannot remove all of it
	file = filepath.Join(dir, "child")
	return Job{Program: programs.Program{Name: "x", Files: []string{exe}, Args: []string{playParent, "--", file}, Timeout: timeout, MaxOut: 1000}}, file
}

// await waits for the process that a program has noted.
func await(ctx context.Context, file string) (pid int) {
	for ctx.Err() == nil {
		if raw, err := os.ReadFile(file); err == nil {
			pid, _ = strconv.Atoi(string(raw))
			return pid
		}
		time.Sleep(time.Millisecond)
	}
	return 0
}

// TestRunKillsTree ends a program that hangs, with its child, when the run ends.
func TestRunKillsTree(t *testing.T) {
	j, file := hanging(t, time.Minute)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pid := make(chan int, 1)
	go func() {
		pid <- await(ctx, file)
		cancel()
	}()
	out, err := Run(ctx, File(j.Program), j)
	if !errors.Is(err, context.Canceled) || !bytes.HasPrefix(out.Text, []byte("begun")) {
		t.Errorf("printed %q, error %v", out.Text, err)
	}
	if child := <-pid; child == 0 || !gone(child) {
		t.Errorf("process %d, the child, still runs", child)
	}
}

// TestTimeoutKillsTree: the same at the program's own deadline.
func TestTimeoutKillsTree(t *testing.T) {
	j, file := hanging(t, 8*time.Second) // for two programs to start, under Wine too
	out, err := Run(context.Background(), File(j.Program), j)
	if err == nil || err.Error() != "it did not end within 8s" || !bytes.HasPrefix(out.Text, []byte("begun")) {
		t.Errorf("printed %q, error %v", out.Text, err)
	}
	raw, rerr := os.ReadFile(file)
	pid, perr := strconv.Atoi(string(raw))
	if rerr != nil || perr != nil || !gone(pid) {
		t.Errorf("process %q, the child, still runs or never did: %v", raw, rerr)
	}
}

// TestSilentProgram: to say nothing and that all is well is a failure.
func TestSilentProgram(t *testing.T) {
	j, _ := hanging(t, time.Minute)
	j.Args = []string{playSilent, "--", "silent"}
	out, err := Run(context.Background(), File(j.Program), j)
	if err == nil || err.Error() != "it printed nothing" || len(out.Text) != 0 {
		t.Errorf("printed %q, error %v", out.Text, err)
	}
}

// gone waits until a process has ended.
func gone(pid int) bool {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ended(pid) {
			return true
		}
	}
	return false
}
