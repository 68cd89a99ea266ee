package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// enableColor makes a console understand escape sequences, which it does not by
// itself, and reports whether it does.
func enableColor(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
