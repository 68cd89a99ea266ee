package connections

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

func find(f bundles.Connections, local, remote string) (bundles.Connection, bool) {
	for _, c := range f.Items {
		if c.Local == local && c.Remote == remote {
			return c, true
		}
	}
	return bundles.Connection{}, false
}

func poll(t *testing.T, tr *Tracker) {
	t.Helper()
	if err := tr.Poll(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestUnion opens and closes connections of the test itself between readings.
func TestUnion(t *testing.T) {
	self, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(string(self))
	tr := New(func(p string) bool { return p != "" && strings.HasPrefix(p, name) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	poll(t, tr)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	poll(t, tr)
	local := c.LocalAddr().String()
	c.Close()
	poll(t, tr)
	f := tr.Fact(time.Now())
	if f.Readings != 3 {
		t.Errorf("%d readings, want 3", f.Readings)
	}
	listener, ok := find(f, l.Addr().String(), "")
	if !ok || listener.States[0] != "LISTEN" || listener.PID != int32(os.Getpid()) || !listener.LastSeen.After(listener.FirstSeen) {
		t.Errorf("listener = %+v, %v", listener, ok)
	}
	conn, ok := find(f, local, l.Addr().String())
	if !ok || conn.States[0] != "ESTABLISHED" || conn.FirstSeen.Equal(listener.FirstSeen) {
		t.Errorf("closed connection = %+v, %v", conn, ok)
	}
	for _, c := range f.Items {
		if c.PID != int32(os.Getpid()) {
			t.Errorf("a connection of another process is kept: %+v", c)
		}
	}
}

// TestAgainstSS compares the listeners with those of ss.
func TestAgainstSS(t *testing.T) {
	ss := program.Path(t, "ss")
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tr := New(func(string) bool { return true })
	poll(t, tr)
	out, err := exec.Command(ss, "-H", "-4", "-l", "-t", "-n").Output()
	if err != nil {
		t.Skip("skipped: ss cannot read the sockets here: ", err)
	}
	poll(t, tr)
	f := tr.Fact(time.Now())
	rows := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		local := strings.Replace(fields[3], "*:", "0.0.0.0:", 1)
		local, _, _ = strings.Cut(local, "%")
		if c, ok := find(f, local, ""); !ok || c.States[0] != "LISTEN" {
			t.Errorf("ss has the listener %s, the reading has %+v", local, c)
		}
		rows++
	}
	if rows == 0 {
		t.Errorf("ss lists no listener, not even that of the test: %s", out)
	}
}

func TestCounts(t *testing.T) {
	tr := New(func(p string) bool { return p == "svc" })
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rows := []endpoint{{"tcp", "a:1", "b:2", "SYN_SENT", 7, "svc"}, {"tcp", "a:3", "b:4", "ESTABLISHED", 8, "other"}, {"tcp", "a:5", "b:6", "TIME_WAIT", 0, ""}}
	tr.add(now, rows)
	rows[0].state = "ESTABLISHED"
	tr.add(now.Add(time.Second), rows)
	f := tr.Fact(now)
	if len(f.Items) != 1 || strings.Join(f.Items[0].States, " ") != "SYN_SENT ESTABLISHED" || f.Counts["ESTABLISHED"] != 1 || f.Counts["TIME_WAIT"] != 1 {
		t.Errorf("fact = %+v", f)
	}
}
