//go:build !linux && !windows

package collector

func elevated() bool { return false }

// hasRegistry says that this system has a registry.
const hasRegistry = false
