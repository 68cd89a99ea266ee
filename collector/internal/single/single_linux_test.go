package single

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const nobody = 65534

// TestMain is the test's other process too: it takes a lock, or binds the name
// of another user's, says so and waits.
func TestMain(m *testing.M) {
	switch mode, name := os.Getenv("SINGLE_MODE"), os.Getenv("SINGLE_NAME"); mode {
	case "take":
		_, err := Take(name)
		fmt.Println(err)
	case "squat":
		_, err := net.ListenUnix("unix", address(name, 0))
		fmt.Println(err)
	default:
		os.Exit(m.Run())
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// other is another process of a user that does as mode says. It returns what it
// printed, its pid and how to end it.
func other(t *testing.T, exe, mode, name string, uid uint32) (string, int, func()) {
	t.Helper()
	cmd := exec.Command(exe)
	cmd.Dir = "/"
	cmd.Env = []string{"SINGLE_MODE=" + mode, "SINGLE_NAME=" + name}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = in.Close() }
	t.Cleanup(end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid, end
}

// program copies this test to where every user may start it.
func program(t *testing.T, change string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: to become another user needs root")
	}
	raw, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "single")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "asrcollect")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, append(raw, change...), 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

func lockName(t *testing.T) string {
	return fmt.Sprintf("asrcollect-%s-%d", strings.ReplaceAll(t.Name(), "/", "-"), os.Getpid())
}

// TestDies takes a lock, is refused while another process of the same user has
// it, and gets it as soon as that one was killed.
func TestDies(t *testing.T) {
	name := lockName(t)
	said, pid, kill := other(t, "/proc/self/exe", "take", name, uint32(os.Geteuid()))
	if said != "<nil>" {
		t.Fatal(said)
	}
	var busy *Busy
	if _, err := Take(name); !errors.As(err, &busy) || busy.PID != pid || !strings.Contains(err.Error(), strconv.Itoa(pid)) {
		t.Fatalf("Take = %v, want process %d", err, pid)
	}
	kill()
	lock, err := Take(name)
	if err != nil {
		t.Fatalf("after the death of the holder: %v", err)
	}
	if _, err := Take(name); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("a second Take = %v", err)
	}
	lock.Release()
	lock, err = Take(name)
	if err != nil {
		t.Errorf("after Release: %v", err)
	}
	lock.Release()
}

// TestUsers tries who has to wait for whom.
func TestUsers(t *testing.T) {
	t.Run("a user waits for root", func(t *testing.T) {
		exe, name := program(t, ""), lockName(t)
		lock, err := Take(name)
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Release()
		if said, _, _ := other(t, exe, "take", name, nobody); !strings.Contains(said, fmt.Sprintf("process %d of user root", os.Getpid())) {
			t.Errorf("the user is told %q", said)
		}
	})
	t.Run("root waits for a user's collection", func(t *testing.T) {
		exe, name := program(t, ""), lockName(t)
		said, pid, _ := other(t, exe, "take", name, nobody)
		if said != "<nil>" {
			t.Fatal(said)
		}
		var busy *Busy
		if _, err := Take(name); !errors.As(err, &busy) || busy.PID != pid {
			t.Errorf("Take = %v, want process %d", err, pid)
		}
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		for (holder{pid: pid}).stopped() == false {
			time.Sleep(time.Millisecond)
		}
		lock, err := Take(name)
		if err != nil {
			t.Errorf("a holder that is stopped for ever: %v", err)
		}
		lock.Release()
	})
	t.Run("root does not wait for what is no collection", func(t *testing.T) {
		exe, name := program(t, "another program"), lockName(t)
		if said, _, _ := other(t, exe, "take", name, nobody); said != "<nil>" {
			t.Fatal(said)
		}
		lock, err := Take(name)
		if err != nil {
			t.Errorf("Take = %v", err)
		}
		lock.Release()
	})
	t.Run("nor for who sits on its name", func(t *testing.T) {
		exe, name := program(t, ""), lockName(t)
		if said, _, _ := other(t, exe, "squat", name, nobody); said != "<nil>" {
			t.Fatal(said)
		}
		lock, err := Take(name)
		if busy := (*Busy)(nil); lock == nil || errors.As(err, &busy) || err == nil {
			t.Errorf("Take = %v, want a lock that is said to be unsafe", err)
		}
		lock.Release()
	})
}

func TestParseUnix(t *testing.T) {
	const text = "Num       RefCount Protocol Flags    Type St Inode Path\n" +
		"0000000000000000: 00000002 00000000 00010000 0001 01 24411 @asrcollect/0\n" +
		"0000000000000000: 00000002 00000000 00010000 0001 01 24412 @asrcollect/1000\n" +
		"0000000000000000: 00000003 00000000 00000000 0001 03 24413 @asrcollect/1000\n" +
		"0000000000000000: 00000002 00000000 00010000 0001 01 24414 @asrcollect/x\n" +
		"0000000000000000: 00000002 00000000 00010000 0001 01 24415 /run/asrcollect/7\n" +
		"0000000000000000: 00000002 00000000 00010000 0001 01 24416\n"
	if got := fmt.Sprint(parseUnix([]byte(text), "asrcollect", 0)); got != "[1000]" {
		t.Errorf("parseUnix = %s, want [1000]", got)
	}
}
