package events

import (
	"errors"
	"io/fs"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Here says that this system has the event log that profiles speak of.
const Here = true

const (
	channelPath = 0x1     // EvtQueryChannelPath
	newestFirst = 0x200   // EvtQueryReverseDirection
	asXML       = 1       // EvtRenderEventXml
	together    = 64      // records that are asked for at once
	patience    = 1000    // ms for one answer
	maxAnswer   = 4 << 20 // bytes of the records of one question

	noMoreItems     = windows.ERROR_NO_MORE_ITEMS
	channelNotFound = syscall.Errno(15007) // ERROR_EVT_CHANNEL_NOT_FOUND
)

// eventLog has the functions of wevtapi.dll.
type eventLog struct{ query, next, render, close *windows.LazyProc }

// system asks the event log of this system. What was read before an error is
// returned with it.
func system(channel, expression string, max int) ([]string, error) {
	dll := windows.NewLazySystemDLL("wevtapi.dll")
	l := eventLog{dll.NewProc("EvtQuery"), dll.NewProc("EvtNext"), dll.NewProc("EvtRender"), dll.NewProc("EvtClose")}
	for _, p := range []*windows.LazyProc{l.query, l.next, l.render, l.close} {
		if err := p.Find(); err != nil {
			return nil, err
		}
	}
	path, err := windows.UTF16PtrFromString(channel)
	if err != nil {
		return nil, err
	}
	expr, err := windows.UTF16PtrFromString(expression)
	if err != nil {
		return nil, err
	}
	h, _, err := l.query.Call(0, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(expr)), channelPath|newestFirst)
	if h == 0 {
		return nil, told(err)
	}
	defer l.close.Call(h)
	var out []string
	for size := 0; len(out) < max; {
		texts, err := l.batch(h, min(together, max-len(out)))
		for _, text := range texts {
			out, size = append(out, text), size+len(text)
		}
		if size > maxAnswer {
			return out, errors.New("the records are too large")
		}
		if errors.Is(err, noMoreItems) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// told makes an error of what a call left behind.
func told(err error) error {
	switch {
	case err == nil, errors.Is(err, syscall.Errno(0)):
		return errSilent
	case errors.Is(err, channelNotFound):
		return fs.ErrNotExist
	}
	return err
}

// batch gives the next records, at most n.
func (l eventLog) batch(query uintptr, n int) ([]string, error) {
	handles := make([]uintptr, n)
	var got uint32
	ok, _, err := l.next.Call(query, uintptr(n), uintptr(unsafe.Pointer(&handles[0])), patience, 0, uintptr(unsafe.Pointer(&got)))
	if ok == 0 {
		return nil, told(err)
	}
	if got == 0 || int(got) > n {
		return nil, noMoreItems
	}
	var out []string
	var bad error
	for _, h := range handles[:got] {
		text, err := l.xml(h)
		if err != nil {
			bad = err
		} else {
			out = append(out, text)
		}
		l.close.Call(h)
	}
	return out, bad
}

// xml gives one record.
func (l eventLog) xml(h uintptr) (string, error) {
	buf := make([]uint16, 4096)
	for {
		var used, properties uint32
		ok, _, err := l.render.Call(0, h, asXML, uintptr(2*len(buf)), uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties)))
		if ok != 0 {
			return windows.UTF16ToString(buf[:min(int(used)/2, len(buf))]), nil
		}
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) || int(used)/2 <= len(buf) || used > 2*maxRecord {
			return "", told(err)
		}
		buf = make([]uint16, used/2+1)
	}
}
