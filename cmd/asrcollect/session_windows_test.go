package main

import (
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestSessionEnd tells the window that the session ends, as Windows does: the run
// is asked to finish, and the answer waits for its end.
func TestSessionEnd(t *testing.T) {
	asked := make(chan bool, 4)
	stop := watchSessionEnd(func() { asked <- true })
	name, err := windows.UTF16PtrFromString("asrcollect.session")
	if err != nil {
		t.Fatal(err)
	}
	h := user("FindWindowW", uintptr(unsafe.Pointer(name)), 0)
	if h == 0 {
		stop()
		t.Skip("no window can be made here")
	}
	if user("SendMessageW", h, wmQueryEndSession, 0, 0) != 1 || !<-asked {
		t.Error("the window does not agree to the end")
	}
	answered := make(chan bool)
	go func() {
		user("SendMessageW", h, wmEndSession, 1, 0)
		close(answered)
	}()
	<-asked
	select {
	case <-answered:
		t.Error("the session ends before the run")
	case <-time.After(100 * time.Millisecond):
	}
	begin := time.Now()
	stop()
	<-answered
	if took := time.Since(begin); took > endPatience/2 {
		t.Errorf("the answer came %v after the run", took)
	}
	stop() // a second time does nothing
}

// TestSteady: what is no console has no mode.
func TestSteady(t *testing.T) { steady()() }
