// Package winetest runs the Windows programs under Wine, for tests on Linux.
//
// Wine 8 lacks bcryptprimitives.dll, without which a Go program does not start;
// a forwarder of a kilobyte stands in for it (see shim.go). Wine is not Windows:
// symlinks, event logs and other processes' counters are wrong or missing there.
package winetest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// Debian's places; the wrapper scripts in /usr/bin print hints on standard error.
const (
	wineProgram   = "/usr/lib/wine/wine64"
	serverProgram = "/usr/lib/wine/wineserver"
)

// Prefix is a fresh Windows tree with its own server.
type Prefix struct{ dir string }

// New makes a prefix, which takes about 12 s, and removes it after the test.
// Without Wine the test is skipped, or fails when REQUIRE_ALL=1.
func New(t *testing.T) *Prefix {
	t.Helper()
	program.Path(t, wineProgram)
	p := &Prefix{dir: t.TempDir()}
	t.Cleanup(func() { p.command(context.Background(), serverProgram, "-k").Run() }) // ends this prefix's processes only
	p.must(t, wineProgram, "wineboot", "-i")
	p.must(t, serverProgram, "-w")
	dll := filepath.Join(p.dir, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if err := os.WriteFile(dll, shim(), 0o644); err != nil {
		t.Fatal(err)
	}
	p.must(t, serverProgram, "-p")
	p.must(t, wineProgram, "winecfg", "/v", "win10")
	return p
}

func (p *Prefix) must(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := p.command(ctx, name, args...).Run(); err != nil {
		t.Fatalf("%s %v: %v", filepath.Base(name), args, err)
	}
}

// command leaves standard streams empty: Wine's server would keep pipes open.
func (p *Prefix) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "WINEPREFIX="+p.dir, "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY=", "WINEDLLOVERRIDES=mscoree,mshtml=")
	return cmd
}

// Result is how a program ended.
type Result struct {
	Stdout, Stderr []byte
	Code           int
}

// Run runs a Windows program in dir with its output captured in files.
func (p *Prefix) Run(t *testing.T, dir, exe string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := p.command(ctx, wineProgram, append([]string{exe}, args...)...)
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
