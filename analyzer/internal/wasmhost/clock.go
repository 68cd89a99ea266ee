package wasmhost

import (
	"math"
	"time"

	"github.com/tetratelabs/wazero/sys"
)

// clockStep is how far every reading moves the clock. A clock that stands still
// would hang a guest that waits for it.
const clockStep = int64(time.Microsecond)

// clock is the virtual time of one instance. It starts at the time of the
// collection and moves by readings and sleeps alone, so that runs repeat
// exactly and a sleep costs nothing.
type clock struct {
	start   time.Time
	elapsed int64 // ns
}

func (c *clock) advance(ns int64) {
	if ns > 0 && c.elapsed <= math.MaxInt64/2-min(ns, math.MaxInt64/2) {
		c.elapsed += ns
	}
}

// wall is the wall clock: seconds and nanoseconds since 1970.
func (c *clock) wall() (sec int64, nsec int32) {
	c.advance(clockStep)
	t := c.start.Add(time.Duration(c.elapsed))
	return t.Unix(), int32(t.Nanosecond())
}

// nanotime is the monotonic clock, in ns.
func (c *clock) nanotime() int64 {
	c.advance(clockStep)
	return c.elapsed
}

func (c *clock) sleep(ns int64) { c.advance(ns) }

// clockResolution is what the guest is told.
const clockResolution = sys.ClockResolution(clockStep)
