// Package store puts what the sources found into the bundle. Everything passes
// the redactor on its way, once: sources hand over names and addresses as they
// are. A source writes through a Sink that can be revoked,
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
)

// Archive is what a Store writes to: a zipwriter.Writer or FileWriter.
type Archive interface {
	Create(f bundles.File) (io.WriteCloser, error)
	Update(path string, change func(*bundles.File))
	Written() int64
	Files() []bundles.File
}

// Store is safe for concurrent use. The archive has one open entry at a time.
type Store struct {
	mu     sync.Mutex
	a      Archive
	red    *redact.Redactor
	hide   *redact.Redactor // secrets only: for texts that are written later
	lim    Limits
	counts redact.Counts
	names  names               // of streamed files
	owed   int64               // what the entries so far need at the end of the zip
	err    error               // the first error of the archive
	seen   map[string]*sampler // of entries, by their paths; nil: none are wanted
}

// New returns a Store that writes to a.
func New(a Archive, red *redact.Redactor, lim Limits) *Store {
	return &Store{a: a, red: red, hide: red.Secrets(), lim: lim, counts: redact.Counts{}, names: names{files: map[string]bool{}, dirs: map[string]bool{}}}
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

// Redact removes secrets from a message that a fact, the manifest or the log of
// the collector takes. Its names and addresses become pseudonyms there.
func (s *Store) Redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hide.String(text, s.counts)
}

// Args removes secrets from a command line, argument by argument, like Redact.
func (s *Store) Args(args []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hide.Args(args, s.counts)
}

// Left is how many bytes of the finished zip logs may still take: what the
// limits leave, less a reserve for facts and the manifest. It also says which
// limit that is.
func (s *Store) Left() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room(keptByLogs)
}

// Sink returns the way into the bundle for one source.
func (s *Store) Sink() *Sink { return &Sink{st: s} }

// Sink is where one source puts what it found.
type Sink struct {
	// Pace, when set, is called after each write of a streamed file with the
	// number of bytes.
	Pace func(n int)

	st      *Store
	limit   int64 // of the archive, for limited entries; 0: none
	revoked bool  // guarded by st.mu, as is open
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
	return k.raw(bundles.File{Path: path, Encoding: "utf-8"}, raw, counts, keptByFacts)
}

// Text writes a text of the collector's own, JSON objects one a line, through
// the redactor. Its newest lines are kept when there is too little room.
func (k *Sink) Text(path string, text []byte) error {
	counts, f := redact.Counts{}, bundles.File{Path: path, Encoding: "utf-8"}
	raw, dropped := k.st.newest(f, k.st.red.JSONText(text, counts), keptByLast)
	if dropped > 0 {
		f.Truncated = true
		raw = append([]byte(droppedLine(dropped)), raw...)
	}
	return k.raw(f, raw, counts, 0)
}

// Lines writes JSON objects, one a line, through the redactor: a fact that is
// no single document.
func (k *Sink) Lines(path string, text []byte) error {
	counts := redact.Counts{}
	raw := k.st.red.JSONText(text, counts)
	if len(raw) > bundles.MaxFactBytes {
		return fmt.Errorf("%s has %d bytes, the limit is %d", path, len(raw), bundles.MaxFactBytes)
	}
	return k.raw(bundles.File{Path: path, Encoding: "utf-8"}, raw, counts, keptByFacts)
}

// raw writes bytes that are redacted already.
func (k *Sink) raw(f bundles.File, raw []byte, counts redact.Counts, keep kept) error {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	if k.revoked {
		return ErrRevoked
	}
	if keep > 0 { // what is written last is made to fit
		if err := k.st.fits(f, raw, keep); err != nil {
			return err
		}
	}
	f.Redactions = nonEmpty(counts)
	f.Source = bundles.SourceOf(f.Path)
	w, err := k.st.a.Create(f)
	if err != nil {
		return err
	}
	k.st.owe(f)
	w = k.st.sampled(f.Path, w, redact.Bytes8)
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
// that was taken is Entry.Path. A path that ends with "/" is a folder: below it
// the file gets the name of f.SourcePath. from is where in the source file it begins, for
// the range of an entry that is cut off; below 0 there are no ranges, as for a
// file that is stored unpacked. Limited entries end with ErrFull or ErrNoSpace
// at the limits of the bundle.
func (k *Sink) Create(f bundles.File, o redact.StreamOptions, from int64, limited bool) (*Entry, error) {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	if k.revoked {
		return nil, ErrRevoked
	}
	source := k.st.red.String(f.SourcePath, k.st.counts)
	if strings.HasSuffix(f.Path, "/") {
		f.Path = k.st.hide.Path(f.Path) + redact.Marks(bundlePath(source, f.StoredFrom))
	} else {
		f.Path = k.st.red.Path(f.Path)
	}
	f.Path, f.SourcePath = k.st.names.unique(cleanPath(f.Path)), readable(source)
	return k.start(f, o, from, limited)
}

// Tail starts the file <path>.tail with what the source file of an entry that
// has ended gained since. The source path is that of the entry.
func (k *Sink) Tail(of *Entry, f bundles.File, o redact.StreamOptions, from int64) (*Entry, error) {
	k.st.mu.Lock()
	defer k.st.mu.Unlock()
	if k.revoked {
		return nil, ErrRevoked
	}
	f.Path, f.SourcePath = k.st.names.unique(of.path+bundles.TailSuffix), of.source
	return k.start(f, o, from, true)
}

// start begins an entry whose path is clean and free, and whose source path is
// redacted.
func (k *Sink) start(f bundles.File, o redact.StreamOptions, from int64, limited bool) (*Entry, error) {
	f.Source = bundles.SourceOf(f.Path)
	w, err := k.st.a.Create(f)
	if err != nil {
		return nil, err
	}
	k.st.owe(f)
	w = k.st.sampled(f.Path, w, o.Encoding)
	e := &Entry{k: k, path: f.Path, source: f.SourcePath, zip: w, from: from, limited: limited, ranged: f.SourcePath != "" && from >= 0}
	e.red = k.st.red.NewWriter(w, o)
	k.open = e
	return e, nil
}

// checkEvery is how many bytes are written between two looks at the limits.
const checkEvery = 64 << 10

// Entry is one open file of the bundle. It is not safe for concurrent use,
// except with Revoke.
type Entry struct {
	k       *Sink
	path    string
	source  string
	zip     io.WriteCloser
	red     *redact.Writer
	from    int64 // offset in the source file
	in      int64 // bytes taken
	since   int64 // bytes since the last look at the limits
	limited bool
	ranged  bool // its bytes are a range of a source file
	done    bool
	end     int64        // offset in the source file behind the last byte stored
	state   redact.State // at end
}

// Path is the entry's path in the bundle.
func (e *Entry) Path() string { return e.path }

// Write adds to the file, through the redactor.
func (e *Entry) Write(p []byte) (int, error) {
	n, err := e.write(p)
	if e.k.Pace != nil {
		e.k.Pace(n)
	}
	return n, err
}

func (e *Entry) write(p []byte) (int, error) {
	st := e.k.st
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case e.k.revoked:
		return 0, ErrRevoked
	case e.done:
		return 0, fmt.Errorf("write to %q: it is closed", e.path)
	}
	if err := e.check(len(p)); err != nil {
		return 0, err
	}
	n, err := e.red.Write(p)
	e.in += int64(n)
	st.fail(err)
	return n, err
}

// check looks at the limits now and then.
func (e *Entry) check(n int) error {
	if e.since += int64(n); e.since < checkEvery {
		return nil
	}
	e.since = 0
	keep := keptByFacts
	if e.limited {
		keep = keptByLogs
	}
	if left, why := e.k.st.room(keep); left <= 0 {
		return why
	}
	if e.limited && e.k.limit > 0 && e.k.st.a.Written() >= e.k.limit {
		return ErrShare
	}
	return nil
}

// In is how many bytes were taken so far.
func (e *Entry) In() int64 { return e.in }

// End is, once the entry has ended, the offset in the source file behind the
// last byte that is in the bundle, and what the redactor knew there.
func (e *Entry) End() (int64, redact.State) {
	e.k.st.mu.Lock()
	defer e.k.st.mu.Unlock()
	return e.end, e.state
}

// Close ends the file and sets what is only known now.
func (e *Entry) Close(set func(*bundles.File)) error { return e.finishNow(false, set) }

// Cut ends a file that was not read to its end, at the end of a line, and notes
// which part of it is there.
func (e *Entry) Cut(set func(*bundles.File)) error { return e.finishNow(true, set) }

func (e *Entry) finishNow(cut bool, set func(*bundles.File)) error {
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
	e.end, e.state = e.from+e.in-int64(dropped), e.red.State()
	st.a.Update(e.path, func(f *bundles.File) {
		f.Redactions = nonEmpty(e.red.Counts())
		if f.Encoding == "utf-8" && !e.red.ValidUTF8() {
			f.Encoding = ""
		}
		if f.Truncated = f.Truncated || cut; cut && e.ranged {
			f.Ranges = [][2]int64{{e.from, e.end}}
		}
		if set != nil {
			set(f)
		}
	})
	e.red, e.zip = nil, nil // an entry may be kept for its tail: not its buffers
	return st.err
}
