// Package winetest runs the Windows programs under Wine, for tests on Linux.
package winetest

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/wine"
)

// Prefix is a fresh Windows tree with its own server.
type Prefix struct{ *wine.Prefix }

// New makes a prefix, which takes about 12 s, and removes it after the test.
// Without Wine the test is skipped, or fails when REQUIRE_ALL=1.
func New(t *testing.T) *Prefix {
	t.Helper()
	program.Path(t, wine.Program)
	p, err := wine.Make(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The first program starts the services, which would hold its output open.
	if err := p.Command(t.Context(), wine.Program, "cmd", "/c", "exit").Run(); err != nil {
		t.Fatal(err)
	}
	return &Prefix{p}
}

// Result is how a program ended.
type Result struct {
	Stdout, Stderr []byte
	Code           int
}

// Run runs a Windows program in dir with its output captured.
func (p *Prefix) Run(t *testing.T, dir, exe string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := p.Command(ctx, wine.Program, append([]string{exe}, args...)...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %v: %v\n%s", exe, args, err, stderr.Bytes())
	}
	return Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Code: cmd.ProcessState.ExitCode()}
}
