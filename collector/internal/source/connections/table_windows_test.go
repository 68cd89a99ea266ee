package connections

import (
	"context"
	"net"
	"os"
	"testing"
	"time"
)

// TestTables opens sockets of both families and finds them, the dialled ones as
// this process's.
func TestTables(t *testing.T) {
	names := map[string]bool{}
	tr := New(func(name string) bool { names[name] = true; return true })
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Log(err)
			continue
		}
		defer l.Close()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := tr.Poll(context.Background()); err != nil {
			t.Fatal(err)
		}
		var listens, dialled bool
		for _, e := range tr.Fact(time.Now()).Items {
			listens = listens || e.Local == l.Addr().String() && e.States[0] == "LISTEN" && e.Remote == ""
			dialled = dialled || e.Local == c.LocalAddr().String() && e.Remote == l.Addr().String() && e.States[0] == "ESTABLISHED" && owned(e.PID, address)
		}
		if !listens || !dialled {
			t.Errorf("%s: listener %v, connection %v in %+v", address, listens, dialled, tr.Fact(time.Now()).Items)
		}
	}
	if !names["connections.test.exe"] {
		t.Errorf("the names are %v", names)
	}
	if err := tr.Denied(); err != nil {
		t.Error(err)
	}
}

// owned reports whether the owner is this process. Wine does not know the owners
// of IPv6 sockets.
func owned(pid int32, address string) bool {
	return pid == int32(os.Getpid()) || pid == 0 && address[0] == '['
}
