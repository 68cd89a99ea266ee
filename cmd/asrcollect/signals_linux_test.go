package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// binary is the program as a process of its own: a signal has to meet the real
// one.
func binary(t *testing.T) string {
	t.Helper()
	exe, err := exec.LookPath("asrcollect")
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// workload is a profile with a log that takes a while.
func workload(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	for i := 0; b.Len() < 8<<20; i++ {
		b.WriteString("2026-03-01 10:00:00 line " + strconv.Itoa(i*7919) + " password=x" + strconv.Itoa(i) + " url https://h/?sig=" + strconv.Itoa(i*31) + "abc\n")
	}
	if err := os.WriteFile(dir+"/big.log", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := `{"name":"x","version":"1","title":"t","processes":{},"connections":{"processes":["*"],"why":"w"},"time":{},
		"logs":[{"id":"first","globs":["` + dir + `/*.log"],"when":"first","why":"w"},{"id":"last","globs":["` + dir + `/*.log"],"why":"w"}]}`
	if err := os.WriteFile(dir+"/p.json", []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir + "/p.json"
}

// start runs the program and sends a signal after a time.
func start(t *testing.T, exe, profile, out string, after time.Duration, sigs ...os.Signal) (int, string) {
	t.Helper()
	cmd := exec.Command(exe, "-d", "400ms", "--interval", "100ms", "-o", out, "-p", profile, "--yes", "--min-free", "1MiB", "--log-age", "0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after) // the moment is the subject of the test, not something to wait for
	for _, s := range sigs {
		_ = cmd.Process.Signal(s) // it may have ended
	}
	err := cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestSignals sends signals at many moments: afterwards there is a bundle that
// verifies, or nothing.
func TestSignals(t *testing.T) {
	exe, profile := binary(t), workload(t)
	for _, sigs := range [][]os.Signal{{syscall.SIGTERM}, {os.Interrupt}, {os.Interrupt, os.Interrupt}} {
		whole, none := 0, 0
		for _, ms := range []int{0, 5, 20, 60, 150, 300, 450, 600} {
			out := t.TempDir()
			code, stderr := start(t, exe, profile, out, time.Duration(ms)*time.Millisecond, sigs...)
			names := visible(out)
			switch {
			case len(names) == 0 && code != 0 && code != 3:
				none++
			case len(names) == 1 && strings.HasSuffix(names[0], ".zip") && (code == 0 || code == 3):
				whole++
				if err := verify(filepath.Join(out, names[0])); err != nil {
					t.Errorf("%v after %d ms: %v", sigs, ms, err)
				}
			default:
				t.Errorf("%v after %d ms: exit code %d, left %v\n%s", sigs, ms, code, names, stderr)
			}
		}
		t.Logf("%v: %d bundles, %d times nothing", sigs, whole, none)
		if len(sigs) == 1 && whole < 4 {
			t.Errorf("%v: one signal has to give a bundle that says so", sigs)
		}
	}
}

// TestQuit gives up at once, without a trace of the program's insides.
func TestQuit(t *testing.T) {
	exe, profile := binary(t), workload(t)
	for _, ms := range []int{100, 300} {
		out := t.TempDir()
		code, stderr := start(t, exe, profile, out, time.Duration(ms)*time.Millisecond, syscall.SIGQUIT)
		if names := visible(out); code != exitNoBundle || len(names) > 0 || strings.Contains(stderr, "goroutine") {
			t.Errorf("after %d ms: exit code %d, left %v\n%s", ms, code, names, stderr)
		}
	}
}

// TestIgnoredHangup runs as under nohup: the end of the terminal changes nothing.
func TestIgnoredHangup(t *testing.T) {
	exe, profile, out := binary(t), workload(t), t.TempDir()
	wrapper := filepath.Join(t.TempDir(), "nohup")
	if err := os.WriteFile(wrapper, []byte("#!/bin/sh\ntrap '' HUP\nexec \""+exe+"\" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, stderr := start(t, wrapper, profile, out, 200*time.Millisecond, syscall.SIGHUP)
	if names := visible(out); len(names) != 1 || strings.Contains(stderr, "finished early") {
		t.Errorf("left %v\n%s", names, stderr)
	}
}

// smallVolume mounts a volume of its own size.
func smallVolume(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		program.Missing(t, "mounting a small volume needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		program.Missing(t, "cannot mount a small volume here: "+err.Error())
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	return dir
}

// TestFullDisk writes to volumes that are too small.
func TestFullDisk(t *testing.T) {
	exe, profile := binary(t), workload(t)
	for _, c := range []struct {
		size, minFree string
		code          int
		says          []string
	}{
		{"8k", "0", exitNoBundle, []string{"has 8.0 KiB", "hint: write elsewhere"}},
		{"900k", "0", exitLacking, []string{"--min-free"}},
		{"900k", "600KiB", exitLacking, []string{"--min-free"}},
		{"900k", "1MiB", exitNoBundle, []string{"less than --min-free 1.0 MiB", "hint: write elsewhere"}},
	} {
		dir := smallVolume(t, c.size)
		code, stderr := collectInto(t, exe, profile, dir, c.minFree)
		left := visible(dir)
		if code != c.code || (code == exitNoBundle) != (len(left) == 0) {
			t.Errorf("%+v: exit code %d, left %v\n%s", c, code, left, stderr)
		}
		for _, w := range c.says {
			if !strings.Contains(stderr, w) {
				t.Errorf("%+v: no %q in\n%s", c, w, stderr)
			}
		}
		if len(left) == 1 {
			if err := verify(filepath.Join(dir, left[0])); err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
	}
}

func collectInto(t *testing.T, exe, profile, dir, minFree string) (int, string) {
	t.Helper()
	cmd := exec.Command(exe, "-d", "200ms", "--interval", "100ms", "-o", dir, "-p", profile, "--yes", "--min-free", minFree, "--log-age", "0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run() // the exit code says it
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestLoad holds the collector's own load while it samples, and its memory.
func TestLoad(t *testing.T) {
	exe, profile := binary(t), workload(t)
	cmd := exec.Command(exe, "-d", "2s", "--interval", "500ms", "-o", t.TempDir(), "-p", profile, "--yes", "--min-free", "1MiB", "--quiet", "--log-age", "0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	peak := make(chan int)
	go func() { peak <- watchMemory(cmd.Process.Pid, ended) }()
	_ = cmd.Wait() // exit code 3 where sockets of others may not be seen
	close(ended)
	kib := <-peak
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.Logf("CPU %v for 4 samples, 16 MiB of logs and all else; %d KiB resident", cpu, kib)
	if kib == 0 || kib > 48<<10 {
		t.Errorf("%d KiB resident, at most 48 MiB", kib)
	}
}

// watchMemory reads the peak of a process's resident memory until it ends, in KiB.
func watchMemory(pid int, ended <-chan struct{}) int {
	peak := 0
	for tick := time.Tick(10 * time.Millisecond); ; {
		raw, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if _, rest, ok := strings.Cut(string(raw), "VmHWM:"); ok {
			if n, err := strconv.Atoi(strings.Fields(rest)[0]); err == nil {
				peak = max(peak, n)
			}
		}
		select {
		case <-ended:
			return peak
		case <-tick:
		}
	}
}
