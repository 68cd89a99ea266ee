package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// TestKill kills runs at seeded moments in all their phases. What is left is a
// .partial that only its owner may read, whose whole entries can be saved and
// which nobody takes for a whole bundle; or a bundle, when the run was through.
func TestKill(t *testing.T) {
	exe, profile := binary(t), workload(t)
	begin := time.Now()
	if code, stderr := start(t, exe, profile, t.TempDir(), 0); code != 0 && code != exitLacking {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	length := time.Since(begin)
	rng := rand.New(rand.NewPCG(2026, 3))
	hit := map[string]int{}
	for n, again := 0, 0; n < kills; n++ {
		// one moment in each part of the run, at random within it
		part := (float64(n) + rng.Float64()) / kills * 1.05
		after, out := time.Duration(part*float64(length)), t.TempDir()
		start(t, exe, profile, out, after, os.Kill)
		phase, err := killed(out)
		if err != nil {
			t.Errorf("killed after %v: %v", after, err)
		}
		hit[phase]++
		if phase == "whole" && part < 0.9 && again < kills { // the machine has become faster: once more
			length = length * 3 / 4
			n, again = -1, again+1
		}
	}
	var text []string
	for phase, n := range hit {
		text = append(text, fmt.Sprintf("%s %d", phase, n))
	}
	sort.Strings(text)
	t.Logf("%d kills within %v; by what was being written, or had been: %s", kills, length, strings.Join(text, ", "))
	if len(hit) < 4 {
		t.Errorf("only %d phases were hit", len(hit))
	}
}

// killed judges what a killed run has left and names the last thing in it.
func killed(out string) (phase string, err error) {
	names := visible(out)
	switch {
	case len(names) == 0:
		return "nothing yet", nil
	case len(names) == 2: // between taking the name and the rename
		for _, n := range names {
			if fi, serr := os.Stat(filepath.Join(out, n)); strings.HasSuffix(n, ".zip") && (serr != nil || fi.Size() != 0) {
				return "rename", fmt.Errorf("left %v", names)
			}
		}
		return "rename", nil
	case len(names) > 1:
		return "?", fmt.Errorf("left %v", names)
	case strings.HasSuffix(names[0], ".zip"):
		return "whole", verify(filepath.Join(out, names[0]))
	case !strings.HasSuffix(names[0], ".zip.partial"):
		return "?", fmt.Errorf("left %v", names)
	}
	return partial(filepath.Join(out, names[0]))
}

// partial checks a partial bundle: its rights, that it is known to be cut off
// unless all of it is there, and the CRC of every entry that can be saved.
func partial(path string) (phase string, err error) {
	fi, err := os.Stat(path)
	if err != nil || fi.Mode() != 0o600 {
		return "?", fmt.Errorf("mode %v, %w", fi.Mode(), err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "?", err
	}
	defer f.Close()
	r, err := bundlezip.Salvage(f, fi.Size())
	if errors.Is(err, bundlezip.ErrCut) || errors.Is(err, bundlezip.ErrNotZip) {
		return "no entry", nil // refused
	}
	if err != nil {
		return "?", err
	}
	b, err := bundles.Open(r)
	if err != nil {
		return "?", err
	}
	manifest := false
	last := "header"
	for _, p := range r.Rejected() { // what was being written
		last = later(last, p.Path)
	}
	for _, p := range b.Paths() {
		raw, err := fs.ReadFile(r, p)
		if err != nil {
			return "?", fmt.Errorf("%s of %d bytes: %w", p, len(raw), err)
		}
		manifest = manifest || p == bundles.ManifestPath
		last = later(last, p)
	}
	if !b.Cut && !manifest {
		return last, errors.New("it is taken for a whole bundle")
	}
	if manifest {
		in, err := b.Verify(context.Background())
		if err != nil || !in.OK {
			return last, fmt.Errorf("it has a manifest that does not hold: %v, %v", err, in.Problems)
		}
	}
	return last, nil
}

// phases of a run, in the order of what they leave.
var phases = []string{"header", "start facts", "first logs", "facts", "window", "end facts", "last logs", "manifest"}

// later is the later of a phase and that which writes a path.
func later(phase, path string) string {
	if p := phaseOf(path); slices.Index(phases, p) > slices.Index(phases, phase) {
		return p
	}
	return phase
}

func phaseOf(path string) string {
	switch {
	case strings.HasPrefix(path, "facts/start/"), path == "facts/config.json":
		return "start facts"
	case strings.HasPrefix(path, "logs/first/"):
		return "first logs"
	case path == "facts/connections.json", path == "facts/processes.json", path == "facts/services.json":
		return "end facts"
	case strings.HasPrefix(path, "facts/"):
		return "facts"
	case path == bundles.SamplesPath:
		return "window"
	case strings.HasPrefix(path, "logs/"):
		return "last logs"
	case path == bundles.ManifestPath:
		return "manifest"
	}
	return ""
}

// intoPipe starts a run that writes the bundle to a pipe.
func intoPipe(t *testing.T) (cmd *exec.Cmd, r *os.File, stderr *strings.Builder) {
	t.Helper()
	exe, profile := binary(t), workload(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	t.Cleanup(func() { r.Close() })
	stderr = new(strings.Builder)
	cmd = exec.Command(exe, "-d", "400ms", "--interval", "100ms", "-o", "-", "-p", profile, "--yes", "--log-age", "0")
	cmd.Stdout, cmd.Stderr = w, stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, r, stderr
}

// TestPipeClosed writes the bundle to a reader that goes away.
func TestPipeClosed(t *testing.T) {
	cmd, r, stderr := intoPipe(t)
	if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != exitNoBundle || !strings.Contains(stderr.String(), "hint: the reader of the pipe went away") {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
}

// TestPipeStuck writes the bundle to a pipe that nobody reads: the second Ctrl-C
// ends the program all the same.
func TestPipeStuck(t *testing.T) {
	cmd, _, stderr := intoPipe(t)
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	limit := time.After(30 * time.Second)
	for next := time.Tick(500 * time.Millisecond); ; {
		select {
		case <-ended:
			if code := cmd.ProcessState.ExitCode(); code != exitNoBundle || !strings.Contains(stderr.String(), "given up") {
				t.Errorf("exit code %d\n%s", code, stderr.String())
			}
			return
		case <-next:
			_ = cmd.Process.Signal(syscall.SIGINT)
		case <-limit:
			_ = cmd.Process.Kill()
			t.Fatal("it does not end")
		}
	}
}

// TestFillingDisk fills the volume of the bundle at moments in all phases: there
// is a whole bundle that says what it lacks, or nothing and a hint.
func TestFillingDisk(t *testing.T) {
	exe, profile := binary(t), workload(t)
	codes := map[int]int{}
	for n := range kills / 2 {
		dir := smallVolume(t, "3m")
		cmd := exec.Command(exe, "-d", "400ms", "--interval", "100ms", "-o", dir, "-p", profile, "--yes", "--min-free", "0", "--log-age", "0")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(n) * 1200 * time.Millisecond / (kills / 2)) // the moment is the subject
		f, err := os.Create(filepath.Join(dir, "others"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write(make([]byte, 4<<20))
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("filling the volume: %v", err)
		}
		f.Close()
		_ = cmd.Wait() // the exit code says it
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
		code, names := cmd.ProcessState.ExitCode(), visible(dir)
		codes[code]++
		switch {
		case code == exitNoBundle && len(names) == 0 && strings.Contains(stderr.String(), "hint: ") && !strings.Contains(stderr.String(), "goroutine"):
		case (code == exitLacking || code == exitComplete) && len(names) == 1:
			if err := verify(filepath.Join(dir, names[0])); err != nil {
				t.Errorf("moment %d: %v", n, err)
			}
		default:
			t.Errorf("moment %d: exit code %d, left %v\n%s", n, code, names, stderr.String())
		}
	}
	t.Logf("exit codes: %v", codes)
}
