package services

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestState(t *testing.T) {
	for _, c := range []struct{ load, active, sub, want string }{
		{"loaded", "active", "running", bundles.StateRunning},
		{"loaded", "active", "exited", bundles.StateExited},
		{"loaded", "active", "waiting", bundles.StateRunning},
		{"loaded", "reloading", "reload", bundles.StateRunning},
		{"loaded", "activating", "auto-restart", bundles.StateStartPending},
		{"loaded", "deactivating", "stop-sigterm", bundles.StateStopPending},
		{"loaded", "failed", "failed", bundles.StateFailed},
		{"loaded", "inactive", "dead", bundles.StateStopped},
		{"masked", "inactive", "dead", bundles.StateStopped},
		{"not-found", "inactive", "dead", bundles.StateNotInstalled},
		{"loaded", "maintenance", "x", bundles.StateUnknown},
	} {
		if got := State(c.load, c.active, c.sub); got != c.want {
			t.Errorf("State(%q, %q, %q) = %q, want %q", c.load, c.active, c.sub, got, c.want)
		}
	}
}

func TestStartType(t *testing.T) {
	for in, want := range map[string]string{
		"enabled": bundles.StartAutomatic, "disabled": bundles.StartManual, "static": bundles.StartManual,
		"masked": bundles.StartDisabled, "": bundles.StartUnknown, "bad": bundles.StartUnknown,
	} {
		if got := StartType(in); got != want {
			t.Errorf("StartType(%q) = %q, want %q", in, got, want)
		}
	}
}

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
