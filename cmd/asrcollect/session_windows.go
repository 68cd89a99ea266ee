package main

import (
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Messages by which Windows tells windows that the session ends.
const (
	wmClose           = 0x0010
	wmDestroy         = 0x0002
	wmQueryEndSession = 0x0011
	wmEndSession      = 0x0016
)

// endPatience is how long the end of a session waits for the bundle at most.
const endPatience = 4 * time.Second

// sessionWindow is an invisible window that is told of logoff and shutdown. The
// console tells of them only programs that use no part of Windows' user
// interface, which nobody can promise of the libraries that are loaded.
type sessionWindow struct {
	finish func()
	ended  chan struct{} // the run is over
	handle chan uintptr
}

// watchSessionEnd calls finish when the session ends, and holds that up until
// stop is called. Where no window can be made it does nothing.
func watchSessionEnd(finish func()) (stop func()) {
	w := &sessionWindow{finish: finish, ended: make(chan struct{}), handle: make(chan uintptr, 1)}
	go w.run()
	h := <-w.handle
	var once sync.Once
	return func() {
		once.Do(func() {
			close(w.ended)
			if h != 0 {
				user("PostMessageW", h, wmClose, 0, 0)
			}
		})
	}
}

// run makes the window and serves it: both are a thread's own.
func (w *sessionWindow) run() {
	runtime.LockOSThread()
	name, err := windows.UTF16PtrFromString("asrcollect.session")
	if err != nil {
		w.handle <- 0
		return
	}
	class := struct { // WNDCLASSEXW
		size, style              uint32
		proc                     uintptr
		classExtra, windowExtra  int32
		instance                 uintptr
		icon, cursor, background uintptr
		menu, name               *uint16
		smallIcon                uintptr
	}{proc: windows.NewCallback(w.message), name: name}
	class.size = uint32(unsafe.Sizeof(class))
	if user("RegisterClassExW", uintptr(unsafe.Pointer(&class))) == 0 {
		w.handle <- 0
		return
	}
	h := user("CreateWindowExW", 0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, 0, 0, 0)
	w.handle <- h
	if h == 0 {
		return
	}
	var msg [8]uint64                                                            // MSG has 48 bytes
	for int32(user("GetMessageW", uintptr(unsafe.Pointer(&msg)), 0, 0, 0)) > 0 { // -1 is an error
		user("DispatchMessageW", uintptr(unsafe.Pointer(&msg)))
	}
}

// message answers what Windows tells the window.
func (w *sessionWindow) message(h, msg, wparam, lparam uintptr) uintptr {
	switch msg {
	case wmQueryEndSession:
		w.finish()
		return 1 // it may end
	case wmEndSession:
		if wparam != 0 {
			w.finish()
			select {
			case <-w.ended:
			case <-time.After(endPatience):
			}
		}
		return 0
	case wmDestroy:
		user("PostQuitMessage", 0)
		return 0
	}
	return user("DefWindowProcW", h, msg, wparam, lparam)
}

// user calls a function of user32.dll; 0 also when it cannot be loaded. What the
// arguments point to stays where it is meanwhile.
//
//go:uintptrescapes
func user(name string, args ...uintptr) uintptr {
	proc := windows.NewLazySystemDLL("user32.dll").NewProc(name)
	if proc.Find() != nil {
		return 0
	}
	r, _, _ := proc.Call(args...)
	return r
}
