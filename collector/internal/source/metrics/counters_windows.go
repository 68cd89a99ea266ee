package metrics

import (
	"cmp"
	"context"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/pending"
)

// The counters by their English names, which every Windows knows beside those of
// its own language.
const (
	queueCounter = `\System\Processor Queue Length`
	diskCounter  = `\LogicalDisk(*)\Avg. Disk Queue Length`
)

// Times that the libraries of the counters have: they are loaded by the first
// reading, and those of a damaged installation hang.
const (
	counterPatience      = 300 * time.Millisecond
	firstCounterPatience = 5 * time.Second
)

// counters reads performance counters. What cannot be read is absent, and err
// says why.
type counters struct {
	line   pending.Line
	query  *query
	opened bool
	err    error
}

// reading is what one question gave.
type reading struct {
	queue *float64
	disks map[string]float64
	err   error
}

func (c *counters) read(ctx context.Context, out *bundles.Sample) {
	wait := counterPatience
	if !c.opened {
		wait, c.opened, c.query = firstCounterPatience, true, &query{}
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var got reading
	err := c.line.Ask(ctx, func() (err error) { got, err = c.query.collect(); return err })
	if err == nil {
		out.Queue, out.DiskQueue, err = got.queue, got.disks, got.err
	}
	if err != nil && c.err == nil {
		c.err = err
	}
}

// query is a PDH query. It lives as long as the program.
type query struct {
	handle, queue, disks uintptr
	err                  error
	opened, twice        bool
}

// collect reads both counters. The mean of the disks is that since the reading
// before: the first one has none.
func (q *query) collect() (reading, error) {
	if !q.opened {
		q.opened, q.err = true, q.open()
	}
	if q.handle == 0 || q.queue == 0 && q.disks == 0 {
		return reading{}, q.err
	}
	if err := call("PdhCollectQueryData", q.handle); err != nil {
		return reading{}, err
	}
	out := reading{err: q.err}
	if q.queue != 0 {
		out.queue = number(q.queue)
	}
	if q.twice && q.disks != 0 {
		out.disks = array(q.disks)
	}
	q.twice = true
	return out, nil
}

func (q *query) open() error {
	if err := call("PdhOpenQueryW", 0, 0, uintptr(unsafe.Pointer(&q.handle))); err != nil {
		return err
	}
	first, second := q.add(queueCounter, &q.queue), q.add(diskCounter, &q.disks)
	if first != nil && second != nil {
		return fmt.Errorf("%w; %w", first, second)
	}
	return cmp.Or(first, second)
}

func (q *query) add(name string, counter *uintptr) error {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	if err := call("PdhAddEnglishCounterW", q.handle, uintptr(unsafe.Pointer(path)), 0, uintptr(unsafe.Pointer(counter))); err != nil {
		*counter = 0
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Format of values: floating point, not cut off at 100.
const pdhDouble = 0x200 | 0x8000

func number(counter uintptr) *float64 {
	var v struct {
		status uint32
		value  float64
	}
	if err := call("PdhGetFormattedCounterValue", counter, pdhDouble, 0, uintptr(unsafe.Pointer(&v))); err != nil || v.status > 1 {
		return nil
	}
	return &v.value
}

func array(counter uintptr) map[string]float64 {
	size, count := uint32(16<<10), uint32(0)
	buf := make([]byte, size)
	if err := call("PdhGetFormattedCounterArrayW", counter, pdhDouble, uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&count)), uintptr(unsafe.Pointer(&buf[0]))); err != nil {
		return nil
	}
	return diskQueues(buf, uint64(uintptr(unsafe.Pointer(&buf[0]))), count)
}

// call calls a function of pdh.dll, which is loaded when it is needed. What the
// arguments point to stays where it is meanwhile.
//
//go:uintptrescapes
func call(name string, args ...uintptr) error {
	proc := windows.NewLazySystemDLL("pdh.dll").NewProc(name)
	if err := proc.Find(); err != nil {
		return err
	}
	if code, _, _ := proc.Call(args...); uint32(code) != 0 {
		return fmt.Errorf("%s: status 0x%08x", name, uint32(code))
	}
	return nil
}
