package store

import (
	"bytes"
	"io"

	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

const (
	maxSamples = 3  // of one file
	around     = 60 // bytes of a sample on either side of a mark
)

// sampler passes on redacted text and keeps the surroundings of the first marks
// of different rules. In text of UTF-16 it looks at the characters of ASCII.
type sampler struct {
	w       io.WriteCloser
	wide    bool
	samples []string
	rules   map[string]bool
	tail    []byte // of what was passed on, at most around
	open    []byte // a sample that goes on
	need    int    // bytes that it may still take
}

func newSampler(w io.WriteCloser, enc redact.Encoding) *sampler {
	return &sampler{w: w, wide: enc != redact.Bytes8, rules: map[string]bool{}}
}

// Write passes p on.
func (s *sampler) Write(p []byte) (int, error) {
	s.look(p)
	return s.w.Write(p)
}

// Close ends the text.
func (s *sampler) Close() error {
	s.end()
	return s.w.Close()
}

var mark = []byte("[REDACTED:")

// look goes through a piece of the text. The redactor writes a mark at once.
func (s *sampler) look(p []byte) {
	if len(s.samples) >= maxSamples && s.open == nil {
		return
	}
	if s.wide {
		p = bytes.ReplaceAll(p, []byte{0}, nil)
	}
	for len(p) > 0 {
		if s.open != nil {
			p = s.goOn(p)
			continue
		}
		i := bytes.Index(p, mark)
		if i < 0 || len(s.samples) >= maxSamples {
			break
		}
		stop := bytes.IndexByte(p[i:], ']')
		if stop < 0 {
			break
		}
		rule := string(p[i : i+stop])
		before := lastLine(append(s.tail, p[:i]...))
		s.tail = append(s.tail[:0], lastLine(p[:i+stop+1])...)
		if !s.rules[rule] {
			s.rules[rule] = true
			s.open, s.need = append(bytes.Clone(before), p[i:i+stop+1]...), around
		}
		p = p[i+stop+1:]
	}
	s.tail = bytes.Clone(lastLine(append(s.tail, p...)))
}

// goOn adds to a sample what its line has, and returns the rest of p.
func (s *sampler) goOn(p []byte) []byte {
	n := min(s.need, len(p))
	if i := bytes.IndexByte(p[:n], '\n'); i >= 0 {
		s.open = append(s.open, p[:i]...)
		s.end()
		return p[i:]
	}
	s.open, s.need = append(s.open, p[:n]...), s.need-n
	if s.need == 0 {
		s.end()
	}
	return p[n:]
}

func (s *sampler) end() {
	if s.open != nil {
		s.samples = append(s.samples, string(bytes.TrimSpace(s.open)))
	}
	s.open = nil
}

// lastLine is what of the last line of b a sample takes.
func lastLine(b []byte) []byte {
	b = b[bytes.LastIndexByte(b, '\n')+1:]
	return b[max(0, len(b)-around):]
}

// Sample makes the store keep samples of what is removed from now on.
func (s *Store) Sample() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = map[string]*sampler{}
}

// Samples are, by the paths of entries, a few surroundings of what was removed,
// as they are in the bundle. It is for when all entries have ended.
func (s *Store) Samples() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]string{}
	for path, k := range s.seen {
		if len(k.samples) > 0 {
			out[path] = k.samples
		}
	}
	return out
}

// sampled puts a sampler before an entry, when samples are wanted.
func (s *Store) sampled(path string, w io.WriteCloser, enc redact.Encoding) io.WriteCloser {
	if s.seen == nil {
		return w
	}
	k := newSampler(w, enc)
	s.seen[path] = k
	return k
}
