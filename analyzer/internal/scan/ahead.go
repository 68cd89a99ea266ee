package scan

import "io"

// aheadFrom is the size from which on a file is read by an ahead.
const aheadFrom = 4 << 20

// aheadChunks is how many chunks of a file are read before they are asked for.
const aheadChunks = 3

// ahead reads from another reader in a goroutine of its own. Close ends it, and
// waits until it reads no more.
type ahead struct {
	full chan chunk
	free chan []byte
	stop chan struct{}
	now  chunk // being read
	pos  int
}

// chunk is some bytes of a file, and the error behind them.
type chunk struct {
	data []byte
	err  error
}

func newAhead(src io.Reader, size int) *ahead {
	a := &ahead{full: make(chan chunk, aheadChunks), free: make(chan []byte, aheadChunks), stop: make(chan struct{})}
	for range aheadChunks {
		a.free <- make([]byte, size)
	}
	go a.run(src)
	return a
}

// run reads chunks up to an error, or until stop is closed.
func (a *ahead) run(src io.Reader) {
	defer close(a.full)
	for {
		select {
		case <-a.stop:
			return
		case buf := <-a.free:
			c := chunk{data: buf}
			n := 0
			for n < len(buf) && c.err == nil {
				var k int
				k, c.err = src.Read(buf[n:])
				n += k
			}
			c.data = buf[:n]
			a.full <- c // has room for all there are
			if c.err != nil {
				return
			}
		}
	}
}

func (a *ahead) Read(p []byte) (int, error) {
	for a.pos == len(a.now.data) {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.free <- a.now.data[:cap(a.now.data)]
		}
		a.now, a.pos = <-a.full, 0
	}
	n := copy(p, a.now.data[a.pos:])
	a.pos += n
	return n, nil
}

// Close ends the goroutine.
func (a *ahead) Close() error {
	close(a.stop)
	for range a.full { //nolint:revive // until run closes it
	}
	return nil
}
