//go:build !linux && !windows

package timesync

// Zone is not known here.
func Zone() string { return "" }

// Synchronized is not known here.
func Synchronized() *bool { return nil }

// Guest is not known here.
func Guest(string, func(string) bool) string { return "" }
