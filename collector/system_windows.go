package collector

import "golang.org/x/sys/windows"

// elevated reports whether the collector may read everything.
func elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }

// hasRegistry says that this system has a registry.
const hasRegistry = true
