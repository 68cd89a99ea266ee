// Package wine runs Windows programs under Wine on Linux, for tests and for the
// simulated server.
//
// Wine 8 lacks bcryptprimitives.dll, without which a Go program does not start;
// a forwarder of a kilobyte stands in for it (see shim.go). Wine is not Windows:
// symlinks, event logs and other processes' counters are wrong or missing there.
package wine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Program and Server are Debian's places; the wrapper scripts in /usr/bin print
// hints on standard error.
const (
	Program = "/usr/lib/wine/wine64"
	Server  = "/usr/lib/wine/wineserver"
)

// stepTime is how long one step of making a prefix may take.
const stepTime = 3 * time.Minute

// Prefix is a Windows tree with its own server.
type Prefix struct {
	// Dir holds drive_c, dosdevices and the registry's files.
	Dir string
	// Env is added to the environment of every program.
	Env []string
}

// Make makes a prefix in dir, which takes about 12 s. Its server does not run
// when Make returns, so that it can be cloned.
func Make(ctx context.Context, dir string) (p *Prefix, err error) {
	p = &Prefix{Dir: dir}
	begun := p
	defer func() {
		if err != nil {
			err = errors.Join(err, begun.Stop())
		}
	}()
	if err := p.step(ctx, Program, "wineboot", "-i"); err != nil {
		return nil, err
	}
	if err := p.step(ctx, Server, "-w"); err != nil {
		return nil, err
	}
	dll := filepath.Join(p.System(), "bcryptprimitives.dll")
	if err := os.WriteFile(dll, shim(), 0o644); err != nil {
		return nil, err
	}
	if err := p.step(ctx, Program, "winecfg", "/v", "win10"); err != nil {
		return nil, err
	}
	return p, p.step(ctx, Server, "-w")
}

// Clone makes a prefix of its own from one whose server does not run, in a
// fraction of a second. The files below drive_c are hard links: they must be
// replaced, never written to. The registry's files are copies, because Wine
// writes to them in place.
func (p *Prefix) Clone(dir string) (*Prefix, error) {
	err := filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(p.Dir, path)
		if err != nil {
			return err
		}
		return cloneEntry(path, filepath.Join(dir, rel), d)
	})
	if err != nil {
		return nil, fmt.Errorf("clone %q: %w", p.Dir, err)
	}
	return &Prefix{Dir: dir, Env: p.Env}, nil
}

func cloneEntry(from, to string, d fs.DirEntry) error {
	switch {
	case d.IsDir():
		return os.MkdirAll(to, 0o755)
	case d.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case filepath.Ext(from) == ".reg":
		raw, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return os.WriteFile(to, raw, 0o644)
	}
	return os.Link(from, to)
}

// DriveC is the folder that Windows programs see as C:\.
func (p *Prefix) DriveC() string { return filepath.Join(p.Dir, "drive_c") }

// System is the folder of Windows' own programs.
func (p *Prefix) System() string { return filepath.Join(p.DriveC(), "windows", "system32") }

// Start keeps the prefix's server, and with it services, until Stop.
func (p *Prefix) Start(ctx context.Context) error { return p.step(ctx, Server, "-p") }

// Stop ends this prefix's processes, and no others, and waits for them.
func (p *Prefix) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stepTime)
	defer cancel()
	var exit *exec.ExitError
	if err := p.Command(ctx, Server, "-k").Run(); err != nil && !errors.As(err, &exit) { // exits with 1 when nothing ran
		return fmt.Errorf("end the prefix's processes: %w", err)
	}
	return p.step(ctx, Server, "-w")
}

func (p *Prefix) step(ctx context.Context, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	if err := p.Command(ctx, name, args...).Run(); err != nil {
		return fmt.Errorf("%s %q: %w", filepath.Base(name), args, err)
	}
	return nil
}

// Command is a program of this system with the environment of the prefix. Its
// standard streams are empty: Wine's server would keep pipes open.
func (p *Prefix) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "WINEPREFIX="+p.Dir, "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY=", "WINEDLLOVERRIDES=mscoree,mshtml=")
	cmd.Env = append(cmd.Env, p.Env...)
	return cmd
}
