// Package priority makes a goroutine yield to the rest of the machine: its
// thread runs below normal priority and with low I/O priority, while the other
// threads of the program stay as they are. One that starves is stepped up.
package priority

import (
	"runtime"
	"time"
)

// level is how much a thread yields.
type level int

const (
	lowest level = iota // below normal, I/O only when nobody else wants it
	low                 // a little below normal, low I/O
	normal
)

// A thread starves when it gets less done than starving bytes a second over
// the time of look. Redaction and compression do fifty times as much.
const (
	look     = 3 * time.Second
	starving = 1 << 20
)

// Thread is the operating system's thread of one goroutine. Its methods are for
// that goroutine only.
type Thread struct {
	id    thread
	level level
	since time.Time
	done  int // bytes since then
	set   func(thread, level) error
	now   func() time.Time
}

// Yield gives the calling goroutine a thread of its own, which yields to
// others. The goroutine keeps it for good, so that no other one inherits its
// priority: the thread ends with the goroutine. It yields as far as the system
// permits; the error says what it did not.
func Yield() (*Thread, error) {
	runtime.LockOSThread() // for good
	t := &Thread{id: current(), set: set, now: time.Now}
	t.since = t.now()
	return t, t.set(t.id, lowest)
}

// Did counts bytes that were done. It steps up once for every look in which the
// thread starved, and reports whether it did.
func (t *Thread) Did(n int) bool {
	t.done += n
	took := t.now().Sub(t.since)
	if took < look || t.level == normal {
		return false
	}
	slow := float64(t.done) < starving*took.Seconds()
	t.since, t.done = t.now(), 0
	if slow {
		t.level++
		_ = t.set(t.id, t.level) // as far as the system permits
	}
	return slow
}
