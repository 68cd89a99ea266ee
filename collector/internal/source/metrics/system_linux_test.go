package metrics

import (
	"testing"

	"github.com/shirou/gopsutil/v3/cpu"
)

func TestCPUTimeOf(t *testing.T) {
	got := cpuTimeOf(cpu.TimesStat{User: 10, System: 5, Idle: 100, Iowait: 5, Nice: 1, Irq: 2, Softirq: 3, Steal: 4, Guest: 3})
	if want := (cpuTime{total: 130, idle: 105}); got != want {
		t.Errorf("%+v, want %+v: waiting is idle, a guest's time counts once", got, want)
	}
}
