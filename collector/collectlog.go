package collector

import (
	"bytes"
	"fmt"
	"sync"
)

// maxLog bounds collect.log.
const maxLog = 1 << 20

// logBuffer holds collect.log until the end, because the zip takes one entry
// at a time. Safe for concurrent use: a source that was given up may still log.
type logBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	dropped int
	sealed  bool
}

// Write takes one line.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sealed || b.buf.Len()+len(p) > maxLog {
		b.dropped++
		return len(p), nil
	}
	return b.buf.Write(p)
}

// seal ends the log and returns its text.
func (b *logBuffer) seal() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sealed = true
	if b.dropped > 0 {
		fmt.Fprintf(&b.buf, "{\"msg\":\"lines dropped\",\"count\":%d}\n", b.dropped)
	}
	return b.buf.Bytes()
}
