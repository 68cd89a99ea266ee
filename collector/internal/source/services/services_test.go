package services

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestWatch(t *testing.T) {
	t0 := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	var w Watch
	w.Add(t0, "systemd", []bundles.Service{{Name: "a", State: bundles.StateRunning, PID: 7}, {Name: "b", Error: "denied"}})
	w.Add(t0.Add(time.Minute), "systemd", []bundles.Service{{Name: "a", State: bundles.StateStopped}, {Name: "b", State: bundles.StateRunning}})
	w.Add(t0.Add(2*time.Minute), "systemd", []bundles.Service{{Name: "b", State: bundles.StateRunning}})
	want := bundles.Services{Taken: t0, Manager: "systemd", Items: []bundles.Service{
		{Name: "a", State: bundles.StateNotInstalled, Readings: []bundles.ServiceReading{
			{T: t0, State: bundles.StateRunning},
			{T: t0.Add(time.Minute), State: bundles.StateStopped},
			{T: t0.Add(2 * time.Minute), State: bundles.StateNotInstalled},
		}},
		{Name: "b", State: bundles.StateRunning, Readings: []bundles.ServiceReading{{T: t0.Add(time.Minute), State: bundles.StateRunning}, {T: t0.Add(2 * time.Minute), State: bundles.StateRunning}}},
	}}
	if diff := cmp.Diff(want, w.Fact(t0)); diff != "" {
		t.Error(diff)
	}
}
