package store

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// Errors of the limits.
var (
	// ErrFull means that the bundle has reached its size.
	ErrFull = errors.New("the bundle has reached its largest size (--max-size)")
	// ErrNoSpace means that the volume that takes the bundle has too little room.
	ErrNoSpace = errors.New("too little free space for the bundle (--min-free)")
	// ErrShare means that a source has used up its share.
	ErrShare = errors.New("its share of the room for the bundle is used up (--max-size, --min-free)")
)

// Limits of a bundle. Zero means no limit.
type Limits struct {
	MaxSize int64 // bytes of the finished zip
	MinFree int64 // bytes that stay free
	// Free tells the free bytes of the volume that takes the bundle; nil when
	// it is not a volume.
	Free func() (int64, error)
}

// kept is the room that one kind of content leaves to those that matter more:
// logs to facts, facts to the collector's log, all to the manifest. What is in
// the buffers of redactor and compressor when the size is looked at is in it.
type kept int64

const (
	keptByLogs  kept = 512 << 10
	keptByFacts kept = 192 << 10
	keptByLast  kept = 96 << 10
)

// room is how many bytes of the finished zip may still be taken by content that
// keeps so much, and the error when there are none.
func (s *Store) room(keep kept) (int64, error) {
	left, why := int64(1)<<50, ErrFull
	need := int64(keep) + s.owed
	if s.lim.MaxSize > 0 {
		left = s.lim.MaxSize - s.a.Written() - need
	}
	if s.lim.Free == nil {
		return left, why
	}
	if free, err := s.lim.Free(); err == nil && free-s.lim.MinFree-need < left {
		left, why = free-s.lim.MinFree-need, ErrNoSpace
	}
	return left, why
}

// Share bounds what the limited entries of a source take of the finished zip
// from now on, together.
func (k *Sink) Share(n int64) {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	k.limit = k.st.a.Written() + n
}

// Ratio is how many bytes of a text go into one of the zip.
func (k *Sink) Ratio(sample []byte) float64 {
	size, err := packed(bundles.File{Path: "logs/sample"}, sample)
	if err != nil || len(sample) == 0 {
		return 1
	}
	return float64(len(sample)) / float64(size)
}

// rowBytes is what a row of the manifest takes in the zip besides the name, and
// the entry's record in the directory.
const rowBytes = 300

// owe books what an entry will need at the end of the zip.
func (s *Store) owe(f bundles.File) { s.owed += rowBytes + 2*int64(len(f.Path)) }

// fits fails when an entry is too large for the room that is left.
func (s *Store) fits(f bundles.File, raw []byte, keep kept) error {
	left, why := s.room(keep)
	if int64(len(raw)) <= left {
		return nil
	}
	size, err := packed(f, raw)
	if err != nil || size <= left {
		return err
	}
	return why
}

// packed is what an entry takes in the zip.
func packed(f bundles.File, raw []byte) (int64, error) {
	z, err := zipwriter.NewWriter(io.Discard, bundles.Header{Created: time.Unix(0, 0)})
	if err != nil {
		return 0, err
	}
	before := z.Written()
	w, err := z.Create(f)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(raw); err != nil {
		return 0, err
	}
	err = w.Close()
	return z.Written() - before, err
}

// newest keeps the last lines of a text that fit into the room that is left,
// and says how many bytes were dropped.
func (s *Store) newest(f bundles.File, text []byte, keep kept) (tail []byte, dropped int) {
	tail = text
	for len(tail) > 0 && s.fits(f, tail, keep) != nil {
		half := tail[len(tail)/2:]
		tail = nil
		for i, c := range half {
			if c == '\n' {
				tail = half[i+1:]
				break
			}
		}
	}
	return tail, len(text) - len(tail)
}

// droppedLine is the line that stands for those that were dropped.
func droppedLine(n int) string {
	return fmt.Sprintf("{\"msg\":\"the lines before this one were dropped\",\"bytes\":%d}\n", n)
}
