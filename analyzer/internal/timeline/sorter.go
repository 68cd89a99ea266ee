package timeline

import (
	"bufio"
	"container/heap"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
)

// Sorter puts events in order. What does not fit into memory waits in files of
// its folder. Add is safe for concurrent use.
type Sorter struct {
	dir   string
	limit int // bytes of events in memory

	mu     sync.Mutex
	events []Event
	size   int
	parts  []*os.File
	err    error
}

// maxInMemory is how many bytes of events are sorted at once.
const maxInMemory = 16 << 20

// NewSorter gives a sorter that makes dir when it needs it. The caller removes
// the folder.
func NewSorter(dir string) *Sorter { return &Sorter{dir: dir, limit: maxInMemory} }

// Add takes an event. An error of writing is that of Each.
func (s *Sorter) Add(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.events = append(s.events, e)
	if s.size += e.size(); s.size > s.limit {
		s.err = s.spill()
	}
}

// Close closes the files.
func (s *Sorter) Close() error {
	var errs []error
	for _, f := range s.parts {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

func (s *Sorter) sort() {
	slices.SortFunc(s.events, func(a, b Event) int { return a.Compare(&b) })
}

// spill writes the events in memory to a file.
func (s *Sorter) spill() error {
	s.sort()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "events-*")
	if err != nil {
		return err
	}
	s.parts = append(s.parts, f)
	buf := bufio.NewWriterSize(f, 256<<10)
	enc := json.NewEncoder(buf)
	for i := range s.events {
		if err := enc.Encode(&s.events[i]); err != nil {
			return err
		}
	}
	clear(s.events)
	s.events, s.size = s.events[:0], 0
	if err := buf.Flush(); err != nil {
		return err
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// Each gives all events in order; of several for the same line of a log only the
// first. It is called once, after the last Add.
func (s *Sorter) Each(give func(*Event) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.sort()
	sources := []Source{fromMemory(s.events)}
	for _, f := range s.parts {
		sources = append(sources, FromJSON(f))
	}
	var last Event
	return Merge(sources, func(e *Event) error {
		if e.same(&last) {
			return nil
		}
		last = *e
		return give(e)
	})
}

// Source gives the next event of an ordered list; io.EOF behind the last.
type Source func() (Event, error)

func fromMemory(events []Event) Source {
	i := 0
	return func() (Event, error) {
		if i == len(events) {
			return Event{}, io.EOF
		}
		i++
		return events[i-1], nil
	}
}

// FromJSON reads events from a file with one a line.
func FromJSON(r io.Reader) Source {
	dec := json.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	return func() (e Event, err error) {
		err = dec.Decode(&e)
		return e, err
	}
}

// Merge gives the events of ordered lists in order; those that are equal in the
// order of the lists.
func Merge(sources []Source, give func(*Event) error) error {
	var heads headHeap
	for i, next := range sources {
		if err := heads.fill(next, i); err != nil {
			return err
		}
	}
	heap.Init(&heads)
	for len(heads) > 0 {
		h := heads[0]
		if err := give(&h.event); err != nil {
			return err
		}
		e, err := h.next()
		switch {
		case errors.Is(err, io.EOF):
			heap.Pop(&heads)
			continue
		case err != nil:
			return err
		}
		heads[0].event = e
		heap.Fix(&heads, 0)
	}
	return nil
}

// head is the first event of a list that is not given yet.
type head struct {
	event Event
	next  Source
	list  int
}

type headHeap []head

// fill adds the first event of a list.
func (h *headHeap) fill(next Source, list int) error {
	e, err := next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		*h = append(*h, head{e, next, list})
	}
	return err
}

func (h headHeap) Len() int { return len(h) }
func (h headHeap) Less(i, j int) bool {
	if c := h[i].event.Compare(&h[j].event); c != 0 {
		return c < 0
	}
	return h[i].list < h[j].list
}
func (h headHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *headHeap) Push(x any)   { *h = append(*h, x.(head)) }

func (h *headHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
