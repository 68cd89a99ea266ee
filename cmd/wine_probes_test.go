package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// The Windows collector must tell the same of the same servers: its own tests,
// with servers and proxies of all kinds on loopback, run under Wine.
func TestWindowsProbes(t *testing.T) {
	prefix := winetest.New(t)
	dir := t.TempDir()
	for _, pkg := range []string{"httphead", "source/probes"} {
		exe := filepath.Base(pkg) + ".test.exe"
		cmd := exec.Command("go", "test", "-c", "-trimpath", "-o", filepath.Join(dir, exe), "../collector/internal/"+pkg)
		cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build the tests of %s: %v\n%s", pkg, err, out)
		}
		if got := prefix.Run(t, dir, exe, "-test.v"); got.Code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", pkg, got.Code, got.Stdout, got.Stderr)
		}
	}
}
