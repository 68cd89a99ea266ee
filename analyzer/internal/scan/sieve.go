package scan

import (
	"time"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// sieve takes the blocks of one log, in their order, and gives the lines that
// match and those around them, each once.
type sieve struct {
	query   *Query
	matcher *matcher
	finder  *finder
	sink    Sink
	stop    func() // ends the reading
	told    Text
	full    bool // no more matches are wanted

	job    *job
	clock  decl.Clock
	format *format     // nil: lines have no time
	reader *lineReader // of format
	line   int64       // number of the file's first line
	stored bool        // it is not that of the source file
	read   int64       // lines of the file that were in earlier blocks

	lists  lineLists
	text   text
	heads  heads
	head   lineTime // of the last entry that began in an earlier block
	before []Line   // the last lines of earlier blocks that were not given
	after  int      // lines still wanted behind the last match
}

// lineTime is the time of a line.
type lineTime struct {
	t                  *time.Time
	ambiguous, carried bool
}

// enter goes on with a file of the log.
func (s *sieve) enter(j *job, c decl.Clock, f *format) {
	s.job, s.clock, s.read = j, c, 0
	first, known := firstLine(j.row)
	s.line, s.stored = first, !known
	if f != s.format {
		s.format, s.reader = f, nil
		if f != nil {
			s.reader = newLineReader(f)
		}
	}
}

// leave forgets what is behind a place that cannot be read.
func (s *sieve) leave() { s.head, s.before, s.after = lineTime{}, nil, 0 }

func (s *sieve) block(b *block) {
	n := b.count()
	if n == 0 || s.full && s.after == 0 {
		return
	}
	b.first = s.read
	s.read += int64(n)
	s.told.Lines += int64(n)
	s.countLong(b)
	if s.reader != nil {
		s.heads.reset(s.reader, b)
	}
	next := s.matches(b)
	for ; next < n && s.after > 0; next++ {
		s.give(b, next, false, s.timeOf(b, next))
		s.after--
	}
	if s.full && s.after == 0 {
		s.stop()
		return
	}
	s.remember(b, next)
}

// matches gives the matches of a block and the lines around them, up to the line
// that it returns.
func (s *sieve) matches(b *block) (next int) {
	for _, c := range s.lists.of(s.finder, s.matcher, b) {
		if s.full {
			return next
		}
		i := int(c)
		s.text.reset(b.text(i))
		if alt, _ := s.matcher.match(&s.text); alt == nil {
			continue
		}
		var at lineTime
		if s.timed() {
			at = s.timeOf(b, i)
		}
		if !s.wanted(at) {
			continue
		}
		s.told.Matches++
		s.full = s.query.Max > 0 && s.told.Matches >= s.query.Max
		if !s.query.CountOnly {
			s.around(b, next, i)
			s.give(b, i, true, at)
			next, s.after = i+1, s.query.After
		}
	}
	return next
}

// timed reports whether the times of lines matter.
func (s *sieve) timed() bool {
	return !s.query.CountOnly || s.query.Since != nil || s.query.Until != nil
}

// wanted reports whether the time of a match is one that is asked for.
func (s *sieve) wanted(at lineTime) bool {
	q := s.query
	switch {
	case q.Since == nil && q.Until == nil:
		return true
	case at.t == nil:
		s.told.Untimed++
		return false
	}
	return (q.Since == nil || !at.t.Before(*q.Since)) && (q.Until == nil || !at.t.After(*q.Until))
}

// around gives the lines before a match in line i that are wanted for it or the
// match before; those before next were given.
func (s *sieve) around(b *block, next, i int) {
	for ; s.after > 0 && next < i; next++ {
		s.give(b, next, false, s.timeOf(b, next))
		s.after--
	}
	from := i - s.query.Before
	if next == 0 && from < 0 {
		for _, l := range s.before[max(len(s.before)+from, 0):] {
			s.sendLine(&l)
		}
	}
	s.before = s.before[:0]
	for k := max(from, next); k < i; k++ {
		s.give(b, k, false, s.timeOf(b, k))
	}
}

// remember keeps the last lines of the block, those from next on, for the next
// one.
func (s *sieve) remember(b *block, next int) {
	n := b.count()
	if s.format != nil && s.format.lf.Join && s.timed() {
		s.head = s.above(b, n)
	}
	if s.query.Before == 0 {
		return
	}
	from := max(n-s.query.Before, next)
	if next > 0 {
		s.before = s.before[:0]
	}
	for k := from; k < n; k++ {
		s.before = append(s.before, s.lineOf(b, k, s.timeOf(b, k)).clone())
	}
	s.before = append(s.before[:0], s.before[max(len(s.before)-s.query.Before, 0):]...)
}

// timeOf is the time of a line: its own, or that of the line with which its entry
// begins.
func (s *sieve) timeOf(b *block, i int) lineTime {
	if s.reader == nil {
		return lineTime{}
	}
	if at, ok := s.own(b, i); ok {
		return at
	}
	if !s.format.lf.Join || s.heads.at(i) {
		return lineTime{}
	}
	at := s.above(b, i)
	at.carried = at.t != nil
	return at
}

// own reads the time of a line.
func (s *sieve) own(b *block, i int) (lineTime, bool) {
	t, ambiguous, ok := s.reader.time(b.text(i), s.clock)
	if !ok {
		return lineTime{}, false
	}
	return lineTime{t: &t, ambiguous: ambiguous}, true
}

// above is the time of the last line before i that begins an entry.
func (s *sieve) above(b *block, i int) lineTime {
	k := s.heads.above(i)
	if k < 0 {
		return s.head
	}
	at, _ := s.own(b, k)
	return at
}

func (s *sieve) lineOf(b *block, i int, at lineTime) Line {
	return Line{
		File: s.job.path, Number: s.line + b.first + int64(i), Stored: s.stored, Offset: b.off(i), Length: b.end(i) - b.off(i),
		Text: b.text(i), Time: at.t, Ambiguous: at.ambiguous, Carried: at.carried,
	}
}

func (s *sieve) give(b *block, i int, match bool, at lineTime) {
	l := s.lineOf(b, i, at)
	l.Match = match
	s.sendLine(&l)
}

func (s *sieve) sendLine(l *Line) {
	if !s.sink.Line(l) {
		s.full, s.after = true, 0
		s.stop()
	}
}

// countLong counts lines that are longer than what is searched.
func (s *sieve) countLong(b *block) {
	if b.refs == nil {
		return
	}
	for i := range b.ends {
		if b.cut(i) {
			s.told.Long++
		}
	}
}
