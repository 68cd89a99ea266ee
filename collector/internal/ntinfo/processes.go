// Package ntinfo reads what the Windows kernel tells about all processes in one
// call, without a right to any of them: names, times, memory, bytes read and
// written, and how many threads wait for a core. The records are parsed from
// bytes, so that recorded ones can be tested everywhere.
package ntinfo

import (
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf16"
)

// Process is what the kernel tells about one process.
type Process struct {
	PID, PPID int32
	Name      string // of the program's file; empty: the idle process
	// Started is zero when it is not known.
	Started    time.Time
	CPUSeconds float64 // since it started, over all cores
	RSS        uint64  // working set, bytes
	// IO is nil when the kernel counted nothing at all, not even operations: no
	// process that runs has done nothing.
	IO *IO
}

// IO counts the bytes that a process has moved: over all its handles, the
// network too.
type IO struct{ Read, Write, Other uint64 }

// Layout of SYSTEM_PROCESS_INFORMATION and SYSTEM_THREAD_INFORMATION where
// pointers have 64 bits, which never changed since they were made.
const (
	processSize   = 256
	threadSize    = 80
	atThreads     = 4
	atCreated     = 32
	atUser        = 40
	atKernel      = 48
	atNameLength  = 56
	atName        = 64
	atPID         = 80
	atParent      = 88
	atWorkingSet  = 144
	atIO          = 208 // operations read, written, other; bytes likewise
	atThreadState = 68
	stateReady    = 1
	stateRunning  = 2
)

var errShort = errors.New("a record of the process list is cut off")

// Parse reads the records in buf, which lay at the address base. ready is the
// number of threads that are ready to run and have no core; -1 when no thread
// at all runs, which cannot be: the states are not told.
func Parse(buf []byte, base uint64) (list []Process, ready int, err error) {
	running := 0
	defer func() {
		if running == 0 {
			ready = -1
		}
	}()
	for {
		if len(buf) < processSize {
			return list, ready, errShort
		}
		list = append(list, parseProcess(buf, base))
		next := binary.LittleEndian.Uint32(buf)
		end := uint64(len(buf))
		if next != 0 {
			end = uint64(next)
		}
		if end < processSize || end > uint64(len(buf)) {
			return list, ready, errShort
		}
		if binary.LittleEndian.Uint64(buf[atPID:]) != 0 { // the idle process has a thread a core, always ready
			threads, count := buf[processSize:end], binary.LittleEndian.Uint32(buf[atThreads:])
			ready += inState(stateReady, threads, count)
			running += inState(stateRunning, threads, count)
		}
		if next == 0 {
			return list, ready, nil
		}
		buf, base = buf[next:], base+uint64(next)
	}
}

func parseProcess(buf []byte, base uint64) Process {
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(buf[at:]) }
	p := Process{
		PID: int32(word(atPID)), PPID: int32(word(atParent)), RSS: word(atWorkingSet),
		CPUSeconds: float64(word(atUser)+word(atKernel)) / 1e7,
		Name:       name(buf, base),
	}
	if t := word(atCreated); t != 0 {
		p.Started = fileTime(t)
	}
	var any uint64
	for i := range 6 {
		any |= word(atIO + 8*i)
	}
	if any != 0 {
		p.IO = &IO{Read: word(atIO + 24), Write: word(atIO + 32), Other: word(atIO + 40)}
	}
	return p
}

// name finds the text that a UNICODE_STRING of the record points to. The kernel
// puts it behind the threads of the process.
func name(buf []byte, base uint64) string {
	n := uint64(binary.LittleEndian.Uint16(buf[atNameLength:]))
	at := binary.LittleEndian.Uint64(buf[atName:]) - base
	if n == 0 || at > uint64(len(buf)) || n > uint64(len(buf))-at {
		return ""
	}
	wide := make([]uint16, n/2)
	for i := range wide {
		wide[i] = binary.LittleEndian.Uint16(buf[at+2*uint64(i):])
	}
	return string(utf16.Decode(wide))
}

// inState counts the threads in a state.
func inState(state uint32, threads []byte, count uint32) (n int) {
	for ; count > 0 && len(threads) >= threadSize; count-- {
		if binary.LittleEndian.Uint32(threads[atThreadState:]) == state {
			n++
		}
		threads = threads[threadSize:]
	}
	return n
}

// fileTime converts hundreds of nanoseconds since 1601.
func fileTime(t uint64) time.Time {
	const toUnix = 11644473600
	return time.Unix(int64(t/1e7)-toUnix, int64(t%1e7)*100).UTC()
}
