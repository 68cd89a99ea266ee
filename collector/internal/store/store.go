// Package store puts what the sources found into the bundle. Everything passes
// the redactor on its way. A source writes through a Sink that can be revoked,
// so that a source that was given up cannot write any more.
package store

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

// Errors of Sink and Entry.
var (
	// ErrRevoked means that the source was given up.
	ErrRevoked = errors.New("the source was given up at its deadline")
	// ErrFull means that the bundle has reached its size.
	ErrFull = errors.New("the bundle has reached its largest size (--max-size)")
	// ErrNoSpace means that the volume that takes the bundle has too little room.
	ErrNoSpace = errors.New("too little free space for the bundle (--min-free)")
)

// Archive is what a Store writes to: a bundlezip.Writer or FileWriter.
type Archive interface {
	Create(f bundles.File) (io.WriteCloser, error)
	Update(path string, change func(*bundles.File))
	Written() int64
	Files() []bundles.File
}

// Limits of a bundle. Zero means no limit.
type Limits struct {
	MaxSize int64 // bytes of the finished zip
	MinFree int64 // bytes that stay free
	// Free tells the free bytes of the volume that takes the bundle; nil when
	// it is not a volume.
	Free func() (int64, error)
}

// Store is safe for concurrent use. The archive has one open entry at a time.
type Store struct {
	mu     sync.Mutex
	a      Archive
	red    *redact.Redactor
	lim    Limits
	counts redact.Counts
	taken  map[string]bool // paths of streamed files
	err    error           // the first error of the archive
}

// New returns a Store that writes to a.
func New(a Archive, red *redact.Redactor, lim Limits) *Store {
	return &Store{a: a, red: red, lim: lim, counts: redact.Counts{}, taken: map[string]bool{}}
}

// Err is the first error of the archive: after it the bundle is lost.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Counts is how much was removed so far, by rule.
func (s *Store) Counts() redact.Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := redact.Counts{}
	out.Add(s.counts)
	return out
}

// Redact removes secrets from a message.
func (s *Store) Redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.red.String(text, s.counts)
}

// Args redacts a command line, argument by argument.
func (s *Store) Args(args []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.red.Args(args, s.counts)
}

// Left is how many bytes of the finished zip logs may still take: what the
// limits leave, less a reserve for facts and the manifest. It also says which
// limit that is.
func (s *Store) Left() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left()
}

func (s *Store) left() (int64, error) {
	left, why := int64(1)<<50, ErrFull
	if s.lim.MaxSize > 0 {
		left = s.lim.MaxSize - max(reserve, min(2*reserve, s.lim.MaxSize/10)) - s.a.Written()
	}
	if s.lim.Free == nil {
		return left, why
	}
	if free, err := s.lim.Free(); err == nil && free-max(s.lim.MinFree, reserve) < left {
		left, why = free-max(s.lim.MinFree, reserve), ErrNoSpace
	}
	return left, why
}

// reserve is kept of the bundle's size for what is written last, and for what
// is in the buffers of redactor and compressor when the size is looked at.
const reserve = 512 << 10

// Sink returns the way into the bundle for one source.
func (s *Store) Sink() *Sink { return &Sink{st: s} }

// Sink is where one source puts what it found.
type Sink struct {
	st      *Store
	revoked bool // guarded by st.mu, as is open
	open    *Entry
}

// Revoke ends the source's access. An entry that it left open is closed and
// marked as cut off.
func (k *Sink) Revoke() {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	k.revoked = true
	if e := k.open; e != nil {
		_ = e.finish(true, nil) // kept in st.err
	}
}

// Left is how many bytes of the finished zip logs may still take, and the
// error when they are used up.
func (k *Sink) Left() (int64, error) { return k.st.Left() }

// Redact removes secrets from a message.
func (k *Sink) Redact(text string) string { return k.st.Redact(text) }

// Fact writes facts/<kind>.json.
func (k *Sink) Fact(kind string, v any) error { return k.document("facts/"+kind+".json", v) }

// StartFact writes facts/start/<kind>.json, the first reading of a polled kind.
func (k *Sink) StartFact(kind string, v any) error {
	return k.document("facts/start/"+kind+".json", v)
}

func (k *Sink) document(path string, v any) error {
	counts := redact.Counts{}
	raw, err := k.st.red.JSON(v, counts)
	if err != nil {
		return err
	}
	if len(raw) > bundles.MaxFactBytes {
		return fmt.Errorf("%s has %d bytes, the limit is %d", path, len(raw), bundles.MaxFactBytes)
	}
	return k.raw(bundles.File{Path: path, Encoding: "utf-8"}, raw, counts)
}

// Text writes a small text of the collector's own, line by line through the
// redactor; jsonLines keeps its JSON strings whole.
func (k *Sink) Text(path string, text []byte) error {
	counts := redact.Counts{}
	return k.raw(bundles.File{Path: path, Encoding: "utf-8"}, k.st.red.JSONText(text, counts), counts)
}

// raw writes bytes that are redacted already.
func (k *Sink) raw(f bundles.File, raw []byte, counts redact.Counts) error {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	if k.revoked {
		return ErrRevoked
	}
	f.Redactions = nonEmpty(counts)
	f.Source = bundles.SourceOf(f.Path)
	w, err := k.st.a.Create(f)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	k.st.fail(errors.Join(err, w.Close()))
	k.st.counts.Add(counts)
	return k.st.err
}

func (s *Store) fail(err error) {
	if err != nil && s.err == nil {
		s.err = err
	}
}

func nonEmpty(c redact.Counts) map[string]int {
	if len(c) == 0 {
		return nil
	}
	return c
}

// Create starts a streamed file. f.Path is cleaned and made unique; the path
// that was taken is Entry.Path. from is where in the source file it begins, for
// the range of an entry that is cut off; below 0 there are no ranges, as for a
// file that is stored unpacked. Limited entries end with ErrFull or ErrNoSpace
// at the limits of the bundle.
func (k *Sink) Create(f bundles.File, o redact.StreamOptions, from int64, limited bool) (*Entry, error) {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	if k.revoked {
		return nil, ErrRevoked
	}
	f.Path = cleanPath(k.st.red.Path(f.Path))
	f.SourcePath = k.st.red.String(f.SourcePath, k.st.counts)
	f.Source = bundles.SourceOf(f.Path)
	w, err := k.createUnique(&f)
	if err != nil {
		return nil, err
	}
	e := &Entry{k: k, path: f.Path, zip: w, from: from, limited: limited, ranged: f.SourcePath != "" && from >= 0}
	e.red = k.st.red.NewWriter(w, o)
	k.open = e
	return e, nil
}

// createUnique adds "~2", "~3" ... to a name that is taken.
func (k *Sink) createUnique(f *bundles.File) (io.WriteCloser, error) {
	base := f.Path
	for n := 2; k.st.taken[f.Path]; n++ {
		f.Path = fmt.Sprintf("%s~%d", base, n)
	}
	k.st.taken[f.Path] = true
	return k.st.a.Create(*f)
}

// cleanPath replaces what an archive's name must not have.
func cleanPath(p string) string {
	p = strings.ToValidUTF8(p, "_")
	p = strings.Map(func(r rune) rune {
		if r == ':' || r == '\\' || r < ' ' || r >= 0x7f && r < 0xa0 {
			return '_'
		}
		return r
	}, p)
	elems := strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
	for i, e := range elems {
		if e == "." || e == ".." {
			elems[i] = "_"
		}
	}
	return strings.Join(elems, "/")
}

// checkEvery is how many bytes are written between two looks at the limits.
const checkEvery = 64 << 10

// Entry is one open file of the bundle. It is not safe for concurrent use,
// except with Revoke.
type Entry struct {
	k       *Sink
	path    string
	zip     io.WriteCloser
	red     *redact.Writer
	from    int64 // offset in the source file
	in      int64 // bytes taken
	since   int64 // bytes since the last look at the limits
	limited bool
	ranged  bool // its bytes are a range of a source file
	done    bool
}

// Path is the entry's path in the bundle.
func (e *Entry) Path() string { return e.path }

// Write adds to the file, through the redactor.
func (e *Entry) Write(p []byte) (int, error) {
	st := e.k.st
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case e.k.revoked:
		return 0, ErrRevoked
	case e.done:
		return 0, fmt.Errorf("write to %q: it is closed", e.path)
	}
	if e.since += int64(len(p)); e.limited && e.since >= checkEvery {
		e.since = 0
		if left, why := st.left(); left <= 0 {
			return 0, why
		}
	}
	n, err := e.red.Write(p)
	e.in += int64(n)
	st.fail(err)
	return n, err
}

// In is how many bytes were taken so far.
func (e *Entry) In() int64 { return e.in }

// Close ends the file and sets what is only known now.
func (e *Entry) Close(set func(*bundles.File)) error { return e.end(false, set) }

// Cut ends a file that was not read to its end, at the end of a line, and notes
// which part of it is there.
func (e *Entry) Cut(set func(*bundles.File)) error { return e.end(true, set) }

func (e *Entry) end(cut bool, set func(*bundles.File)) error {
	e.k.st.mu.Lock()
	defer e.k.st.mu.Unlock()
	if e.k.revoked {
		return ErrRevoked
	}
	return e.finish(cut, set)
}

func (e *Entry) finish(cut bool, set func(*bundles.File)) error {
	if e.done {
		return nil
	}
	e.done, e.k.open = true, nil
	st := e.k.st
	dropped, err := 0, error(nil)
	if cut {
		dropped, err = e.red.CloseAtLine()
	} else {
		err = e.red.Close()
	}
	st.fail(errors.Join(err, e.zip.Close()))
	st.counts.Add(e.red.Counts())
	st.a.Update(e.path, func(f *bundles.File) {
		f.Redactions = nonEmpty(e.red.Counts())
		if f.Encoding == "utf-8" && !e.red.ValidUTF8() {
			f.Encoding = ""
		}
		if f.Truncated = f.Truncated || cut; cut && e.ranged {
			f.Ranges = [][2]int64{{e.from, e.from + e.in - int64(dropped)}}
		}
		if set != nil {
			set(f)
		}
	})
	return st.err
}
