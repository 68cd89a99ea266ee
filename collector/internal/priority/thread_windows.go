package priority

import (
	"golang.org/x/sys/windows"
)

// thread is the pseudo handle of the calling thread: background mode can be
// entered and left by a thread for itself only.
type thread windows.Handle

func current() thread { return thread(windows.CurrentThread()) }

// Values of SetThreadPriority. In background mode CPU, I/O and memory all have
// low priority.
const (
	backgroundBegin = 0x00010000
	backgroundEnd   = 0x00020000
	belowNormal     = ^uintptr(0) // -1
	plain           = 0
)

// set changes the calling thread. Out of background mode I/O is as normal.
func set(t thread, l level) error {
	switch l {
	case lowest:
		return setPriority(t, backgroundBegin)
	case low:
		if err := setPriority(t, backgroundEnd); err != nil {
			return err
		}
		return setPriority(t, belowNormal)
	}
	return setPriority(t, plain)
}

func setPriority(t thread, value uintptr) error {
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("SetThreadPriority")
	if ok, _, err := proc.Call(uintptr(t), value); ok == 0 {
		return err
	}
	return nil
}
