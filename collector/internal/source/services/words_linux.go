package services

import "github.com/asrdiag/asrdiag/bundles"

// State gives the state for systemd's own words.
func State(load, active, sub string) string {
	switch {
	case load == "not-found":
		return bundles.StateNotInstalled
	case active == "active" && sub == "exited":
		return bundles.StateExited
	case active == "active", active == "reloading", active == "refreshing":
		return bundles.StateRunning
	case active == "activating":
		return bundles.StateStartPending
	case active == "deactivating":
		return bundles.StateStopPending
	case active == "failed":
		return bundles.StateFailed
	case active == "inactive":
		return bundles.StateStopped
	}
	return bundles.StateUnknown
}

// StartType gives the start type for systemd's word on a unit file. A static
// unit is started by others that need it; one that is disabled can still be
// started by hand, which is what Windows calls manual.
func StartType(unitFileState string) string {
	switch unitFileState {
	case "enabled", "enabled-runtime", "generated":
		return bundles.StartAutomatic
	case "disabled", "static", "indirect", "linked", "linked-runtime", "transient":
		return bundles.StartManual
	case "masked", "masked-runtime":
		return bundles.StartDisabled
	}
	return bundles.StartUnknown
}
