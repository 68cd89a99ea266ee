package metrics

import (
	"context"
	"math"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSince(t *testing.T) {
	a, b := cpuTime{total: 120, idle: 105}, cpuTime{total: 130, idle: 112}
	if got := b.since(a); got == nil || math.Abs(*got-0.3) > 1e-9 {
		t.Errorf("since = %v, want 0.3", got)
	}
	if got := a.since(a); got != nil {
		t.Errorf("over no time = %v, want none", *got)
	}
}

func TestChoose(t *testing.T) {
	list := []use{{name: "a", pid: 9, start: 5}, {name: "a", pid: 3, start: 7}, {name: "b", pid: 4, start: 1}}
	if diff := cmp.Diff(map[string]int32{"a": 9, "b": 4}, choose(nil, list)); diff != "" {
		t.Error("the oldest: ", diff)
	}
	if diff := cmp.Diff(map[string]int32{"a": 3, "b": 4}, choose(map[string]int32{"a": 3, "b": 8}, list)); diff != "" {
		t.Error("the one of before: ", diff)
	}
}

// TestOwnLoad burns CPU in this process, which is watched, and finds it again.
func TestOwnLoad(t *testing.T) {
	s := New(func(name string) bool { return true }, func(context.Context) map[string]float64 { return map[string]float64{"/": 0.5} })
	ctx := context.Background()
	s.Start(ctx)
	spent := 0.0
	if used, _, ok := self(ctx); ok {
		spent = used
	}
	begin := time.Now()
	for sum := 0; time.Since(begin) < 300*time.Millisecond; sum++ {
		runtime.KeepAlive(sum)
	}
	got := s.Sample(ctx)
	used, rss, ok := self(ctx)
	if !ok || rss < 1<<20 {
		t.Fatalf("own use = %v, %v, %v", used, rss, ok)
	}
	want := (used - spent) / time.Since(begin).Seconds() / s.cpus
	if got.Collector == nil || math.Abs(got.Collector.CPU-want) > 0.25 || got.Collector.CPU <= 0 {
		t.Errorf("own load = %+v, want about %v", got.Collector, want)
	}
	if got.CPU == nil || *got.CPU <= 0 || *got.CPU > 1 || got.Memory == nil || got.Available == nil || len(got.Network) == 0 && runtime.GOOS == "linux" && hasNetwork() {
		t.Errorf("sample = %+v", got)
	}
	if len(got.ProcessCPU) == 0 || got.T.Before(begin) {
		t.Errorf("no process in %+v", got)
	}
}

// hasNetwork reports whether there is more than the loopback interface.
func hasNetwork() bool {
	list, err := os.ReadDir("/sys/class/net")
	return err == nil && len(list) > 1
}
