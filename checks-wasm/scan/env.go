//go:build !wasip1

package scan

import (
	"io"
	"strings"
	"time"
)

// File is one file that scans read.
type File struct {
	Path      string // bundle path
	Open      func() (io.ReadCloser, error)
	MTime     time.Time // zero: not known
	FirstLine int64     // the source's number of the first stored line; not positive: 1
	Encoding  string    // as in the manifest
	Size      int64     // bytes, as far as known; not needed for matching
	// After is the path of the file with which this one is one text: its lines
	// come behind those of the other. Empty: the file is a text of its own.
	After string
}

// Offset is the difference of the host's local time from UTC from an instant
// on, in seconds east of Greenwich.
type Offset struct {
	From    time.Time
	Seconds int
}

// Env is what scans run over.
type Env struct {
	// Inputs has the files of each input in order of their paths. A scan whose
	// input is not there finds nothing in no files.
	Inputs map[string][]File
	// UTCOffsets are those of the host; see "Local time" in the package comment.
	UTCOffsets []Offset
}

// Window is the span over which metrics were sampled. A zero Start or End is
// taken from the first or last sample, an interval that is not positive from
// the median distance of samples.
type Window struct {
	Start, End      time.Time
	IntervalSeconds float64
}

// Compare orders hits as Result does.
func (h *Hit) Compare(o *Hit) int {
	if c := compareTimes(h.Time, o.Time); c != 0 {
		return c
	}
	if c := strings.Compare(h.File, o.File); c != 0 {
		return c
	}
	if c := compareInts(h.Line, o.Line); c != 0 {
		return c
	}
	return compareInts(h.Offset, o.Offset)
}

func compareTimes(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return a.Compare(*b)
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Size is what the hit counts for MaxHitBytes: the bytes of its strings and a
// flat share for the rest.
func (h *Hit) Size() int {
	n := 128 + len(h.File) + len(h.Text)
	for k, v := range h.Fields {
		n += 16 + len(k) + len(v)
	}
	for _, lines := range [][]string{h.Before, h.After} {
		for _, l := range lines {
			n += 16 + len(l)
		}
	}
	return n
}
