package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

func TestChecks(t *testing.T) {
	for _, c := range checks() {
		t.Run(c.ID, func(t *testing.T) { checktest.Run(t, c) })
	}
}

// What the host believes of the pack.
func TestDescribe(t *testing.T) {
	d, err := check.Describe(module, checks())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range d.Checks {
		ids = append(ids, c.ID)
		if !slices.Equal(c.Roles, roles()) || c.Since == "" || c.URL == "" {
			t.Errorf("%s: roles %v, since %q, url %q", c.ID, c.Roles, c.Since, c.URL)
		}
	}
	want := []string{"agent-running", "time-sync", "process-server-port", "collector-limits"}
	if !slices.Equal(ids, want) {
		t.Errorf("checks = %v, want %v (ids are for ever)", ids, want)
	}
	if d.ABI != abi.Version {
		t.Errorf("abi = %q, want %q", d.ABI, abi.Version)
	}
}

// Every folder of fixtures belongs to a check, so that none is forgotten.
func TestFixturesBelong(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.ContainsFunc(checks(), func(c *check.Check) bool { return c.ID == e.Name() }) {
			t.Errorf("testdata/%s belongs to no check", e.Name())
		}
	}
}

// The module compiles for the host, and keeps below its limit.
func TestModuleSize(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the module")
	}
	out := filepath.Join(t.TempDir(), "module.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, ".")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > abi.MaxModuleBytes {
		t.Errorf("module has %d bytes, the limit is %d", info.Size(), abi.MaxModuleBytes)
	}
}
