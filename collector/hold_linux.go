package collector

import (
	"os"

	"golang.org/x/sys/unix"
)

// hold keeps room on the volume for what is written last: blocks are taken
// behind the end of the partial bundle, so that it can be ended even when
// others have filled the volume meanwhile. Not every file system can do that.
type hold struct {
	f    *os.File // nil: nothing is held
	size int64
	end  int64 // of what is held
}

// newHold holds room behind the begin of a partial bundle.
func newHold(path string, size int64) *hold {
	h := &hold{size: size}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return h
	}
	h.f = f
	if h.extend(0); h.end == 0 {
		h.close()
	}
	return h
}

// extend holds room behind what is written, and says how much that is.
func (h *hold) extend(written int64) int64 {
	if h.f == nil {
		return 0
	}
	if to := written + h.size; to > h.end && unix.Fallocate(int(h.f.Fd()), unix.FALLOC_FL_KEEP_SIZE, h.end, to-h.end) == nil {
		h.end = to
	}
	return max(0, h.end-written)
}

// release gives back what the finished bundle did not need.
func (h *hold) release(path string) {
	if h.f == nil {
		return
	}
	h.close()
	if fi, err := os.Stat(path); err == nil {
		_ = os.Truncate(path, fi.Size()) // to the size that it has
	}
}

func (h *hold) close() {
	if h.f != nil {
		_ = h.f.Close()
		h.f = nil
	}
}
