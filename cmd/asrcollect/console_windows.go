package main

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

const unelevated = "not started as administrator: some of it will be denied"

// ownsConsole reports whether the window was made for this program, as by a
// double click, and closes with it.
func ownsConsole() bool {
	var list [2]uint32
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	n, _, _ := proc.Call(uintptr(unsafe.Pointer(&list)), uintptr(len(list)))
	return n == 1 && canEnter(os.Stdin) && isTerminal(os.Stderr)
}

// steady keeps a click into the window from selecting text, which stops whoever
// writes to it until a key is pressed. restore gives the window's mode back.
func steady() (restore func()) {
	h := windows.Handle(os.Stdin.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(h, &mode); err != nil || mode&windows.ENABLE_QUICK_EDIT_MODE == 0 {
		return func() {}
	}
	_ = windows.SetConsoleMode(h, mode&^windows.ENABLE_QUICK_EDIT_MODE|windows.ENABLE_EXTENDED_FLAGS)
	return func() { _ = windows.SetConsoleMode(h, mode) }
}

// restartElevated starts this program again with the rights of an administrator, in a
// window of its own.
func restartElevated() func(args []string) error { return runAs }

func runAs(args []string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	var wide [4]*uint16
	for i, text := range []string{"runas", exe, windows.ComposeCommandLine(args), dir} {
		if wide[i], err = windows.UTF16PtrFromString(text); err != nil {
			return err
		}
	}
	err = windows.ShellExecute(0, wide[0], wide[1], wide[2], wide[3], windows.SW_SHOWNORMAL)
	if errors.Is(err, windows.ERROR_CANCELLED) {
		return errors.New("the question of Windows was answered with no")
	}
	if err != nil {
		return fmt.Errorf("start as administrator: %w", err)
	}
	return nil
}
