package priority

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// state is what the kernel says of a thread: nice value and I/O priority.
func state(t *testing.T, tid int) (nice, io int) {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(tid) + "/stat")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return 0, 0 // it has ended
	}
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	nice, err = strconv.Atoi(fields[16])
	if err != nil {
		t.Fatal(err)
	}
	got, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, whoProcess, uintptr(tid), 0)
	if errno != 0 && errno != unix.ESRCH {
		t.Fatal(errno)
	}
	return nice, int(got)
}

// TestThread asks the kernel for the priorities of the thread that yields and
// of all others.
func TestThread(t *testing.T) {
	before := niceOfAll(t) // the main thread stays, if an earlier run had that
	type seen struct{ tid, nice, io, lowNice, lowIO int }
	ch := make(chan seen)
	stay := make(chan struct{})
	go func() {
		th, err := Yield()
		if err != nil {
			t.Error(err)
		}
		var s seen
		s.tid = unix.Gettid()
		s.nice, s.io = state(t, s.tid)
		if os.Geteuid() == 0 {
			if err := th.set(th.id, low); err != nil {
				t.Error(err)
			}
			s.lowNice, s.lowIO = state(t, s.tid)
		}
		ch <- s
		<-stay
	}()
	s := <-ch
	defer close(stay)
	if s.nice != niceLowest || s.io != ioIdle {
		t.Errorf("nice %d, I/O priority %#x, want %d, %#x", s.nice, s.io, niceLowest, ioIdle)
	}
	if os.Geteuid() == 0 && (s.lowNice != niceLow || s.lowIO != ioLow) {
		t.Errorf("stepped up: nice %d, I/O priority %#x, want %d, %#x", s.lowNice, s.lowIO, niceLow, ioLow)
	}
	for tid, nice := range niceOfAll(t) {
		if tid != s.tid && nice != 0 && nice != before[tid] {
			t.Errorf("thread %d has nice %d: only the one that yields may", tid, nice)
		}
	}
}

// niceOfAll are the nice values of all threads; a new one has 0 before.
func niceOfAll(t *testing.T) map[int]int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]int{}
	for _, e := range tasks {
		tid, _ := strconv.Atoi(e.Name())
		out[tid], _ = state(t, tid)
	}
	return out
}
