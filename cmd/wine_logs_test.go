package cmd

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// TestWindowsLogs runs the Windows tests of the log source: files that other
// processes hold, and rotation.
func TestWindowsLogs(t *testing.T) {
	prefix := winetest.New(t)
	dir := t.TempDir()
	build := exec.Command("go", "test", "-c", "-o", dir+"/logs.test.exe", "../collector/internal/source/logs")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const tests = "TestHeld|TestWhileRead|TestRotatedWindows"
	got := prefix.Run(t, dir, "logs.test.exe", "-test.v", "-test.run", "^("+tests+")$")
	for _, name := range strings.Split(tests, "|") {
		if got.Code != 0 || !strings.Contains(string(got.Stdout), "--- PASS: "+name) {
			t.Errorf("%s, exit code %d\n%s%s", name, got.Code, got.Stdout, got.Stderr)
		}
	}
}
