package analyzer

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// aged gives a guard of this process whose last change was some time ago.
func aged(t *testing.T, a *activity, ago time.Duration) *guard {
	t.Helper()
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	w := &process{config: PoolConfig{Resident: 1 << 40, BundleTime: time.Minute}}
	w.cmd = &exec.Cmd{Process: self}
	g := newGuard(w, 100*perSecond)
	if a != nil {
		g.begin(*a)
	}
	g.since = time.Now().Add(-ago)
	return g
}

func TestGuardClocks(t *testing.T) {
	instance := &activity{Wall: 20 * time.Second}
	tests := map[string]struct {
		current *activity
		ago     time.Duration
		want    string
	}{
		"fresh":                  {nil, 0, ""},
		"bundle in time":         {nil, 159 * time.Second, ""},
		"bundle late":            {nil, 161 * time.Second, "stopped after 160 s"},
		"instance in time":       {instance, 19 * time.Second, ""},
		"instance late":          {instance, 21 * time.Second, "stopped after 20 s"},
		"instance asks too much": {&activity{Wall: time.Hour}, 2*abi.MaxWall + time.Second, "stopped after 40 s"},
		"instance asks nothing":  {&activity{Wall: -1}, 2*abi.MaxWall + time.Second, "stopped after 40 s"},
		"compiler in time":       {&activity{Compile: true, Wall: compileWall}, compileWall - time.Second, ""},
		"compiler late":          {&activity{Compile: true, Wall: compileWall}, compileWall + time.Second, "stopped after 60 s"},
	}
	for name, test := range tests {
		g := aged(t, test.current, test.ago)
		if stop := g.look(); stop != (test.want != "") || g.reason() != test.want {
			t.Errorf("%s: %q, want %q", name, g.reason(), test.want)
		}
	}
}

func TestGuardAddsUp(t *testing.T) {
	g := aged(t, nil, 100*time.Second)
	g.begin(activity{Wall: time.Second})
	g.ended()
	g.since = time.Now().Add(-70 * time.Second)
	if !g.look() {
		t.Error("two spans of 100 s and 70 s around an instance are less than 160 s")
	}
	g = aged(t, nil, 0)
	g.busy = maxBusy
	g.begin(activity{Wall: time.Second})
	if g.look(); g.reason() != "stopped after 900 s in modules" {
		t.Errorf("after %v in modules: %q", maxBusy, g.reason())
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{
		tempPrefix + "old": 25 * time.Hour, tempPrefix + "new": time.Hour, "other-old": 25 * time.Hour,
	} {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(full, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(full, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	sweep(dir, now)
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	if want := []string{tempPrefix + "new", "other-old"}; !slices.Equal(names, want) {
		t.Errorf("left are %q, want %q", names, want)
	}
}
