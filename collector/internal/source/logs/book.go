package logs

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// Book remembers what Collect stored, so that Tails can store what is new since
// and nothing twice. The zero value is ready. It is safe for concurrent use.
//
// A file is known again by its identity or, when that is gone, by what was
// stored of it: log rotation renames, copies and compresses files, and a number
// that is free is used again at once.
type Book struct {
	mu      sync.Mutex
	sources map[string]*shelf
}

// shelf is what is remembered of one source.
type shelf struct {
	records []*record
	used    int64           // of MaxTotal
	notes   map[string]bool // that its row has already
}

// record is one file that is in the bundle.
type record struct {
	File
	id     fileID
	packed bool         // of a compressed file all is stored, or nothing of it can go on
	entry  *store.Entry // ended
	enc    string
	end    int64 // offset behind what is stored; size of a packed file
	next   int64 // number of the line at end; 0: not known
	mark   mark
	read   time.Time

	found bool // Tails met it again
}

func (b *Book) shelf(id string) *shelf {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sources == nil {
		b.sources = map[string]*shelf{}
	}
	if b.sources[id] == nil {
		b.sources[id] = &shelf{notes: map[string]bool{}}
	}
	return b.sources[id]
}

// add enters a file. A source that was given up may still do so while others
// read the book.
func (b *Book) add(id string, r *record, used int64) {
	s := b.shelf(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	s.records = append(s.records, r)
	s.used = used
}

// records are those of a source so far.
func (b *Book) records(id string) ([]*record, int64) {
	s := b.shelf(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.records[:len(s.records):len(s.records)], s.used
}

// noted reports whether the row of a source has this note already.
func (b *Book) noted(id, note string) bool {
	s := b.shelf(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	had := s.notes[note]
	s.notes[note] = true
	return had
}

// markBytes is how much of a text tells it from others, at its begin and before
// an offset.
const markBytes = 1024

// mark is the hash of the begin of a text and of what is before an offset.
type mark struct{ head, last [sha256.Size]byte }

// markOf reads the mark of the first n bytes of a text.
func markOf(ctx context.Context, c content, n int64) (mark, error) {
	size := min(n, markBytes)
	head, err := c.at(ctx, 0, size)
	if err != nil {
		return mark{}, err
	}
	last, err := c.at(ctx, n-size, size)
	return mark{sha256.Sum256(head), sha256.Sum256(last)}, err
}

// goesOn reports whether a text begins with all that is stored of a file. head is
// the begin of the text, markBytes of it.
func (r *record) goesOn(ctx context.Context, c content, head []byte) bool {
	size := min(r.end, markBytes)
	if int64(len(head)) < size || sha256.Sum256(head[:size]) != r.mark.head {
		return false
	}
	last, err := c.at(ctx, r.end-size, size)
	return err == nil && sha256.Sum256(last) == r.mark.last
}
