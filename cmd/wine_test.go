package cmd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// The Windows asrdiag must give the same bytes for the sample incidents as the
// one of this system, and the Windows asrcollect a bundle that both can read.
func TestWindowsPrograms(t *testing.T) {
	prefix := winetest.New(t)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requirePacks(t, root)
	dir := t.TempDir()
	build(t, root, dir, "linux", "asrdiag")
	build(t, root, dir, "windows", "asrdiag.exe")
	build(t, root, dir, "windows", "asrcollect.exe")

	t.Run("analyze", func(t *testing.T) {
		for _, bundle := range incidents(t, root, dir) {
			want, wantCode := runNative(t, dir, "./asrdiag", "analyze", "--format", "json", bundle)
			got := prefix.Run(t, dir, "asrdiag.exe", "analyze", "--format", "json", bundle)
			if got.Code != wantCode || !bytes.Equal(got.Stdout, want) {
				t.Errorf("%s: exit code %d and %d bytes, want %d and %d\n%s", bundle, got.Code, len(got.Stdout), wantCode, len(want), got.Stderr)
			}
		}
	})
	t.Run("profile", func(t *testing.T) { windowsProfileRun(t, prefix, dir) })
	t.Run("choice", func(t *testing.T) { windowsChoiceRun(t, prefix, dir) })
	t.Run("inventory", func(t *testing.T) { windowsInventoryRun(t, prefix, dir) })
	t.Run("packs", func(t *testing.T) { windowsPackRun(t, prefix, root, dir) })
	t.Run("script", func(t *testing.T) { windowsScriptRun(t, prefix, dir) })
	t.Run("single", func(t *testing.T) { windowsSingleRun(t, prefix, dir) })
	t.Run("collect", func(t *testing.T) {
		got := prefix.Run(t, dir, "asrcollect.exe", "--duration", "3s", "--interval", "1s", "--out", ".", "--no-probes")
		if got.Code != 0 && got.Code != 3 {
			t.Fatalf("exit code %d\n%s", got.Code, got.Stderr)
		}
		name := strings.TrimSpace(string(got.Stdout))
		bundle := filepath.Base(strings.ReplaceAll(name, `\`, "/"))
		out, code := runNative(t, dir, "./asrdiag", "bundle", "verify", bundle)
		if code != 0 {
			t.Errorf("bundle verify: exit code %d\n%s", code, out)
		}
	})
}

// requirePacks skips when asrdiag was not built with its packs.
func requirePacks(t *testing.T, root string) {
	t.Helper()
	packs, _ := filepath.Glob(filepath.Join(root, "cmd/asrdiag/packs/*.asrpack"))
	if len(packs) > 0 {
		return
	}
	program.Missing(t, "asrdiag has no embedded packs; run make build first")
}

func build(t *testing.T, root, dir, goos, name string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, name), "./cmd/"+strings.TrimSuffix(name, ".exe"))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", name, err, out)
	}
}

// incidents copies three sample bundles beside the programs, where both find
// them under the same name.
func incidents(t *testing.T, root, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "bundles/testdata/*.zip"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("sample incidents: %v, %v; want at least three", paths, err)
	}
	var names []string
	for _, path := range paths[:3] {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Base(path))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func runNative(t *testing.T, dir, program string, args ...string) ([]byte, int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("%s: %v", program, err)
	}
	return stdout.Bytes(), cmd.ProcessState.ExitCode()
}

// onlyBundle opens the one bundle of a folder; it is closed at the test's end.
func onlyBundle(t *testing.T, folder string) *bundles.Bundle {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.zip"))
	if err != nil || len(names) != 1 {
		t.Fatalf("bundles in %s: %v, %v, want one", folder, names, err)
	}
	return openedBundle(t, names[0])
}

// openedBundle opens a bundle; it is closed at the test's end.
func openedBundle(t *testing.T, path string) *bundles.Bundle {
	t.Helper()
	r, err := bundlezip.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
