package probes

import (
	"context"
	"net"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestTargets(t *testing.T) {
	vars := config.Vars{"dr": {"t:host": "10.0.0.4", "t:port": "443"}, "v6": {"host": "fd00::4"}}
	got := Targets([]profiles.Probe{
		{Name: "fixed", Target: "a.example:443"},
		{Name: "data-port", Flag: true, FromConfig: &profiles.FromConfig{Config: "dr", Host: "t:Host", Port: "t:Port", DefaultPort: 9443}},
		{Name: "six", FromConfig: &profiles.FromConfig{Config: "v6", Host: "host", DefaultPort: 9443}},
		{Name: "unknown", FromConfig: &profiles.FromConfig{Config: "none", Host: "host", DefaultPort: 9443}},
	}, vars, []string{"10.0.0.9:9443"})
	want := []Target{
		{Name: "fixed", Target: "a.example:443", Origin: "profile"},
		{Name: "data-port", Target: "10.0.0.4:443", Origin: "config:dr"},
		{Name: "six", Target: "[fd00::4]:9443", Origin: "config:v6"},
		{Name: "data-port", Target: "10.0.0.9:9443", Origin: "flag"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRun(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open := l.Addr().String()
	shut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := shut.Addr().String()
	shut.Close()
	defer l.Close()
	_, port, _ := net.SplitHostPort(open)
	f := Run(context.Background(), []Target{{Target: open}, {Target: closed}, {Target: "localhost:" + port}, {Target: "nowhere.invalid:1"}, {Target: "nonsense"}})
	ok := f.Items[0].Legs
	if len(ok) != 1 || ok[0].Leg != "tcp" || ok[0].Status != "ok" || ok[0].Remote != open || ok[0].Local == "" || ok[0].DurationMS <= 0 {
		t.Errorf("open port: %+v", ok)
	}
	if legs := f.Items[1].Legs; len(legs) != 1 || legs[0].Status != "refused" || legs[0].Error == "" || legs[0].Remote != closed {
		t.Errorf("closed port: %+v", legs)
	}
	named := f.Items[2].Legs
	if len(named) < 2 || named[0].Leg != "dns" || named[0].Status != "ok" || len(named[0].Addresses) == 0 || named[len(named)-1].Status != "ok" {
		t.Errorf("by name: %+v", named)
	}
	if legs := f.Items[3].Legs; len(legs) != 1 || legs[0].Leg != "dns" || legs[0].Status == "ok" {
		t.Errorf("name that does not exist: %+v", legs)
	}
	if f.Items[4].Error == "" || len(f.Items[4].Legs) != 0 {
		t.Errorf("bad target: %+v", f.Items[4])
	}
}

func TestStatus(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 1)
	defer cancel()
	<-ctx.Done()
	for want, err := range map[string]error{"ok": nil, "timeout": ctx.Err(), "not_found": &net.DNSError{IsNotFound: true}, "failed": strconv.ErrRange} {
		if got := Status(err); got != want {
			t.Errorf("Status(%v) = %q, want %q", err, got, want)
		}
	}
}

func TestCheckTarget(t *testing.T) {
	for in, ok := range map[string]bool{"a:1": true, "[::1]:443": true, "a": false, "a:": false, "a:0": false, "a:65536": false, ":443": false, "http://a:1": false, "u@a:1": false, "a:b": false} {
		if err := CheckTarget(in); (err == nil) != ok {
			t.Errorf("CheckTarget(%q) = %v", in, err)
		}
	}
}
