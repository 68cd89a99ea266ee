package timeline

import (
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Limits of folding.
const (
	// FoldGap is the longest time between two events that are told as one.
	FoldGap     = 20 * time.Minute
	maxFolded   = 20_000   // groups that are open
	maxFoldSize = 16 << 20 // bytes of them
)

// Fold tells repetitions as one event with a count and the time of the last:
// events of one source that differ in numbers only, each at most FoldGap behind
// the one before. Events are given in order of time, and come out in order of the
// first of each group.
type Fold struct {
	give  func(*Event) error
	queue []*group // open and closed ones, the oldest first
	open  map[string]*group
	size  int
}

type group struct {
	key   string
	event Event
	last  time.Time
}

// NewFold hands events on to give.
func NewFold(give func(*Event) error) *Fold {
	return &Fold{give: give, open: map[string]*group{}}
}

// Add takes the next event.
func (f *Fold) Add(e *Event) error {
	for len(f.queue) > 0 && (e.Time.Sub(f.queue[0].last) > FoldGap || len(f.queue) > maxFolded || f.size > maxFoldSize) {
		if err := f.shift(); err != nil {
			return err
		}
	}
	key := foldKey(e)
	if g := f.open[key]; g != nil && e.Time.Sub(g.last) <= FoldGap {
		g.event.Count = max(g.event.Count, 1) + max(e.Count, 1)
		g.last = e.Time
		return nil
	}
	g := &group{key: key, event: *e, last: e.Time}
	f.open[key] = g
	f.queue = append(f.queue, g)
	f.size += e.size() + len(key)
	return nil
}

// End gives what is left.
func (f *Fold) End() error {
	for len(f.queue) > 0 {
		if err := f.shift(); err != nil {
			return err
		}
	}
	return nil
}

// shift gives the oldest group.
func (f *Fold) shift() error {
	g := f.queue[0]
	f.queue[0] = nil
	f.queue = f.queue[1:]
	f.size -= g.event.size() + len(g.key)
	if f.open[g.key] == g {
		delete(f.open, g.key)
	}
	if g.event.Count > 1 {
		last := g.last
		g.event.Last = &last
	}
	return f.give(&g.event)
}

// foldKey is what events of one group have in common: in texts of logs all but
// numbers, and words that are hexadecimal ones.
func foldKey(e *Event) string {
	var s strings.Builder
	for _, part := range []string{e.Kind, e.Host, e.Bundle, e.Source, logOf(e.File), e.Level} {
		s.WriteString(part)
		s.WriteByte(0)
	}
	switch e.Kind {
	case KindLog, KindRecord, KindCollector:
		appendPlain(&s, e.Text)
	default: // a number in it says which one
		s.WriteString(e.Text)
	}
	return s.String()
}

// logOf is the same for all files of a log that rotates: its path without numbers.
func logOf(file string) string {
	var s strings.Builder
	appendPlain(&s, bundles.LogName(file))
	return s.String()
}

// appendPlain writes a text with "#" for each word that has a digit and nothing
// but hexadecimal ones, and for each other run of digits.
func appendPlain(s *strings.Builder, text string) {
	for i := 0; i < len(text); {
		n, digit, hex := 0, false, true
		for i+n < len(text) && isWord(text[i+n]) {
			c := text[i+n]
			digit = digit || isDigit(c)
			hex = hex && isHex(c)
			n++
		}
		switch {
		case n == 0:
			s.WriteByte(text[i])
			n = 1
		case digit && hex:
			s.WriteByte('#')
		case digit:
			withoutDigits(s, text[i:i+n])
		default:
			s.WriteString(text[i : i+n])
		}
		i += n
	}
}

func withoutDigits(s *strings.Builder, word string) {
	for i := range len(word) {
		switch {
		case !isDigit(word[i]):
			s.WriteByte(word[i])
		case i == 0 || !isDigit(word[i-1]):
			s.WriteByte('#')
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isWord(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
