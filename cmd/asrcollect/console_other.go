//go:build !windows

package main

const unelevated = "not started as root: some of it will be denied"

// ownsConsole: elsewhere a program is never started in a window of its own.
func ownsConsole() bool { return false }

// steady is for consoles that stop a program while something is selected.
func steady() (restore func()) { return func() {} }

// restartElevated starts this program again with more rights, where that is possible.
func restartElevated() func(args []string) error { return nil }

// watchSessionEnd is for systems that tell windows, and no process, of their end.
func watchSessionEnd(func()) (stop func()) { return func() {} }
