package analyzer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Frames go between parent and worker: four bytes of length (big-endian, of
// what follows), one byte of kind, then the content, which is JSON but for
// output. The parent believes nothing in them: a module may have taken over
// the worker.
const (
	frameRequest  = 'q' // parent to worker: job
	frameOutput   = 'o' // bytes for the user
	frameProgress = 'p' // Progress
	frameBegin    = 'b' // activity
	frameEnd      = 'e' // the last activity has ended
	frameResult   = 'r' // the job's result; nothing follows
	frameError    = 'x' // Error; nothing follows
	frameLocked   = 'l' // how the key of a file is locked; the parent answers
	frameUnlocked = 'u' // parent to worker: unlockAnswer
)

const (
	// maxFrame bounds a frame; the largest are requests with a module in them,
	// and reports.
	maxFrame = 64 << 20
	// maxOutputFrame is how much output goes into one frame.
	maxOutputFrame = 64 << 10
)

var errFrame = errors.New("bad frame")

// readFrame reads one frame. It gives io.EOF only between frames.
func readFrame(r io.Reader) (kind byte, content []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:4])
	if n < 1 || n > maxFrame {
		return 0, nil, fmt.Errorf("%w: its length is %d", errFrame, n)
	}
	// The buffer grows with what really comes.
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r, int64(n)-1); err != nil {
		return 0, nil, fmt.Errorf("%w: it is cut off", errFrame)
	}
	return head[4], buf.Bytes(), nil
}

// frameWriter writes frames. It is safe for concurrent use.
type frameWriter struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
}

func (f *frameWriter) write(kind byte, content []byte) error {
	if len(content) >= maxFrame {
		return fmt.Errorf("%w: content of %d bytes", errFrame, len(content))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	head := append(binary.BigEndian.AppendUint32(f.buf[:0], uint32(len(content)+1)), kind)
	if len(content) <= maxOutputFrame { // in one go: each write wakes up who reads
		f.buf = append(head, content...)
		_, err := f.w.Write(f.buf)
		return err
	}
	if _, err := f.w.Write(head); err != nil {
		return err
	}
	_, err := f.w.Write(content)
	return err
}

// writeJSON writes a frame without the escapes that JSON in pages needs, so
// that raw values come out as they went in.
func (f *frameWriter) writeJSON(kind byte, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return f.write(kind, buf.Bytes())
}

// Write implements io.Writer: output for the user.
func (f *frameWriter) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := min(len(p)-done, maxOutputFrame)
		if err := f.write(frameOutput, p[done:done+n]); err != nil {
			return done, err
		}
		done += n
	}
	return len(p), nil
}
