package analyzer

import (
	"io"
	"slices"
	"sync"
)

// maxRelayed is how many bytes of output may wait for their turn.
const maxRelayed = 8 << 20

// relay puts the output of several that work at the same time into one order.
// What comes before its turn waits in memory; when that is full, whoever writes
// waits.
//
// It cannot come to a stand as long as the lane whose turn it is makes progress:
// lanes must be begun in their order.
type relay struct {
	out  io.Writer
	stop func() // called once, when nothing can be written any more

	mu    sync.Mutex
	moved *sync.Cond // a lane has ended, or err is set
	lanes []*lane    // those that have not ended and been written out, in order
	held  int        // bytes that wait
	err   error
}

// lane is the output of one.
type lane struct {
	relay *relay
	held  []byte
	ended bool
}

func newRelay(out io.Writer, stop func()) *relay {
	r := &relay{out: out, stop: stop}
	r.moved = sync.NewCond(&r.mu)
	return r
}

// lane adds one behind the others.
func (r *relay) lane() *lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &lane{relay: r}
	r.lanes = append(r.lanes, l)
	return l
}

// split puts n lanes in the place of one to which nothing was written.
func (r *relay) split(l *lane, n int) []*lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*lane, n)
	for i := range list {
		list[i] = &lane{relay: r}
	}
	at := slices.Index(r.lanes, l)
	r.lanes = slices.Replace(r.lanes, at, at+1, list...)
	return list
}

// fail ends all writing with an error.
func (r *relay) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed(err)
}

// failed keeps the first error and lets nobody wait any longer.
func (r *relay) failed(err error) {
	if r.err == nil && err != nil {
		r.err = err
		r.stop()
		r.moved.Broadcast()
	}
}

// Write implements io.Writer.
func (l *lane) Write(p []byte) (int, error) {
	r := l.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case r.err != nil:
			return 0, r.err
		case r.lanes[0] == l:
			_, err := r.out.Write(p)
			r.failed(err)
			return len(p), err
		case r.held+len(p) <= maxRelayed:
			l.held = append(l.held, p...)
			r.held += len(p)
			return len(p), nil
		}
		r.moved.Wait()
	}
}

// end says that nothing more comes, and lets the next ones have their turn. The
// error is that of writing.
func (l *lane) end() error {
	r := l.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	l.ended = true
	for r.err == nil && len(r.lanes) > 0 && r.lanes[0].ended {
		r.lanes = r.lanes[1:]
		if len(r.lanes) > 0 {
			r.release(r.lanes[0])
		}
	}
	r.moved.Broadcast()
	return r.err
}

// release writes what a lane held back.
func (r *relay) release(l *lane) {
	r.held -= len(l.held)
	if len(l.held) > 0 {
		_, err := r.out.Write(l.held)
		r.failed(err)
	}
	l.held = nil
}
