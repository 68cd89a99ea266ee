package processes

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

// TestRead starts a program with a secret on its command line.
func TestRead(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("sleep is not installed")
	}
	exe := filepath.Join(t.TempDir(), "a-program-with-a-long-name")
	raw, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, raw, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "60", "0", "0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	f, err := Read(context.Background(), Options{
		Watched: func(name string) bool { return name == filepath.Base(exe) },
		Args: func(args []string) string {
			return redact.New(redact.Options{}).Args(append(args, "--password", "hunter2"), nil)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got *bundles.Process
	for i, p := range f.Items {
		if i > 0 && p.PID <= f.Items[i-1].PID {
			t.Errorf("process %d comes after %d", p.PID, f.Items[i-1].PID)
		}
		if int(p.PID) == cmd.Process.Pid {
			got = &f.Items[i]
		} else if p.Watched || p.CommandLine != "" {
			t.Errorf("not watched: %+v", p)
		}
		if p.Collector != (int(p.PID) == os.Getpid()) {
			t.Errorf("taken for the collector: %+v", p)
		}
	}
	if got == nil || !got.Watched || got.Name != filepath.Base(exe) || int(got.PPID) != os.Getpid() || !strings.HasSuffix(got.CommandLine, " 60 0 0 --password [REDACTED:option]") {
		t.Errorf("watched process = %+v", got)
	}
}
