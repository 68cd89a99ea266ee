package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// thread is what the kernel says of one thread.
type thread struct {
	nice, io int
	cpu      int // clock ticks
}

// threadsOf reads all threads of a process.
func threadsOf(pid int) map[string]thread {
	out := map[string]thread{}
	dirs, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*")
	for _, dir := range dirs {
		raw, err := os.ReadFile(dir + "/stat")
		tid, terr := strconv.Atoi(filepath.Base(dir))
		f := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		if err != nil || terr != nil || len(f) < 17 {
			continue // it has ended
		}
		const whoProcess = 1
		io, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, whoProcess, uintptr(tid), 0)
		if errno != 0 {
			continue
		}
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		nice, _ := strconv.Atoi(f[16])
		out[filepath.Base(dir)] = thread{nice, int(io), user + system}
	}
	return out
}

// between is how often in a row a thread may be met after its nice value was set
// and before its I/O priority is: two system calls, with a switch of threads
// between them on a busy machine.
const between = 4

// TestPriorities watches the threads of a run that reads a large log: the one
// that reads, redacts and packs yields to all others, and no other thread does.
func TestPriorities(t *testing.T) {
	exe, dir := binary(t), t.TempDir()
	line := strings.Repeat("2026-03-01 10:00:00 a line of a log that takes a while to be read\n", 1000)
	f, err := os.Create(dir + "/big.log")
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		if _, err := f.WriteString(line); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	doc := `{"name":"x","version":"1","title":"t","processes":{},"connections":{},"time":{},"logs":[{"id":"big","globs":["` + dir + `/*.log"],"max_file":"1GiB","max_total":"1GiB","why":"w"}]}`
	if err := os.WriteFile(dir+"/p.json", []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-d", "200ms", "--interval", "100ms", "-o", dir, "-p", dir+"/p.json", "--yes", "--min-free", "1MiB", "--quiet", "--log-age", "0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	niced, odd, worked, others := map[string]thread{}, map[string]int{}, 0, 0
	for tick := time.Tick(5 * time.Millisecond); ; {
		select {
		case <-ended:
			if worked < 20 {
				t.Errorf("the thread that yields used %d ticks: the log was not read there", worked)
			}
			if others > worked {
				t.Errorf("other threads used %d ticks, the one that yields %d", others, worked)
			}
			t.Logf("threads that yield: %v; others used %d ticks", niced, others)
			return
		case <-tick:
		}
		others = 0
		for tid, th := range threadsOf(cmd.Process.Pid) {
			if th.nice == 0 {
				others += th.cpu
				continue
			}
			niced[tid] = th
			worked = max(worked, th.cpu)
			odd[tid]++
			const idle = 3
			if class := th.io >> 13; th.nice == 5 || th.nice == 10 && (class == idle || th.cpu == 0) {
				odd[tid] = 0
			}
			if odd[tid] == between {
				t.Errorf("thread %s: %+v", tid, th)
			}
		}
	}
}
