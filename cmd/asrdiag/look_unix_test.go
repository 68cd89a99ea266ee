//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// TestLookSignals ends searches in the middle of their work: neither workers nor
// temporary files stay behind.
func TestLookSignals(t *testing.T) {
	bundle := spinning(t, t.TempDir())
	for _, verb := range [][]string{{"grep", "x"}, {"timeline"}} {
		t.Run(verb[0], func(t *testing.T) {
			temp := t.TempDir()
			args := append([]string{"bundle"}, verb...)
			for range 3000 {
				args = append(args, bundle)
			}
			var stderr bytes.Buffer
			cmd := exec.Command(program, args...)
			cmd.Env = append(os.Environ(), "TMPDIR="+temp)
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var workers []int
			await(t, "workers", func() bool {
				workers = children(t, cmd.Process.Pid)
				return len(workers) > 0 && len(list(t, temp)) > 0
			})
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "asrdiag: error: interrupted\n") {
				t.Errorf("exit code %d, stderr %.500q; want 1 and to be interrupted", code, stderr.String())
			}
			if left := list(t, temp); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			for _, pid := range workers {
				if syscall.Kill(pid, 0) == nil {
					t.Errorf("worker %d is still there", pid)
				}
			}
		})
	}
}

// TestLookReaderGoes: when whoever reads has had enough, a search ends, and says
// nothing.
func TestLookReaderGoes(t *testing.T) {
	name := hugeBundle(t, 20<<20)
	var stderr bytes.Buffer
	cmd := exec.Command(program, "bundle", "grep", ".", name, name, name)
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || strings.Contains(stderr.String(), "error") {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}

// hugeBundle writes a bundle with a log of that many bytes, as the collector does,
// and one that is a single line.
func hugeBundle(t *testing.T, size int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "huge.zip")
	h := bundles.Header{Format: bundles.Format, Version: bundles.Version, ID: "b"}
	out, err := zipwriter.CreateFile(name, h)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; lines.Len() < size; i++ {
		level := []string{"INFO", "INFO", "ERROR"}[i%3]
		fmt.Fprintf(&lines, "%s %s request %d of host-%c%c failed\n", at.Add(time.Duration(i)*time.Second/8).Format("2006-01-02 15:04:05"), level, i, 'g'+i%17, 'g'+i%19)
	}
	err = errors.Join(
		add(out, bundles.File{Path: "logs/app/C/huge.log", Source: "logs/app", Encoding: "utf-8"}, &lines),
		add(out, bundles.File{Path: "logs/app/C/line.log", Source: "logs/app", Encoding: "utf-8"}, io.LimitReader(endless{}, int64(size/2))),
		out.Commit(bundles.Manifest{Format: h.Format, Version: h.Version, ID: h.ID, Host: bundles.Host{UTCOffsets: []bundles.UTCOffset{{Seconds: 3600}}}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// endless is a line that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestLookMemory: memory is bounded, whatever the size of logs and lines, and
// however much is found.
func TestLookMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("skipped: the system does not say what a process has")
	}
	tiny, err := buildTiny()
	if err != nil {
		t.Fatal(err)
	}
	name := hugeBundle(t, 64<<20)
	const limit = 256 << 20
	for _, args := range [][]string{
		{"grep", ".", name}, {"grep", "-C", "5", "--format", "json", "request", name}, {"timeline", name}, {"timeline", "--all", "--each", name, name},
	} {
		cmd := exec.Command(program, append([]string{"bundle", args[0], "--jobs", "1"}, args[1:]...)...)
		cmd.Env = append(os.Environ(), packsVariable+"="+tiny.embed, "TMPDIR="+t.TempDir())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(done)
		}()
		peak := watch(t, cmd.Process.Pid, done)
		t.Logf("%q: %d MiB", args[:len(args)-1], peak>>20)
		if code := cmd.ProcessState.ExitCode(); code != 4 && code != 0 { // 4: the end of the long line was not searched
			t.Errorf("%q: exit code %d", args, code)
		}
		if peak > limit || peak == 0 {
			t.Errorf("%q has %d MiB", args, peak>>20)
		}
	}
}

// watch gives the most bytes that a process and its children had, each by itself.
func watch(t *testing.T, pid int, done <-chan struct{}) int64 {
	peaks := map[int]int64{}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			sum := int64(0)
			for _, n := range peaks {
				sum += n
			}
			return sum
		case <-tick.C:
			for _, p := range append(childrenIfThere(pid), pid) {
				peaks[p] = max(peaks[p], peakOf(p))
			}
		}
	}
}

// childrenIfThere is children for a process that may end meanwhile.
func childrenIfThere(pid int) (pids []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range files {
		raw, _ := os.ReadFile(name)
		for _, word := range strings.Fields(string(raw)) {
			var child int
			if _, err := fmt.Sscan(word, &child); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// peakOf is the most that a process had resident, in bytes.
func peakOf(pid int) (n int64) {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if _, rest, ok := strings.Cut(string(raw), "VmHWM:"); ok {
		_, _ = fmt.Sscan(rest, &n)
	}
	return n << 10
}
