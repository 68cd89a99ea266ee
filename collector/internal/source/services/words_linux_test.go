package services

import (
	"testing"

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
