package scan

import (
	"regexp/syntax"
	"slices"
	"time"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// lineReader reads the time of lines, and asks whether the format matches them.
// It gives what the format gives, but it is not safe for concurrent use.
//
// Formats are mostly runs of some kind of character between fixed ones, from the
// beginning of a line. Such an expression is followed in the order in which the
// library prefers one way to another, without the library's care for bad cases:
// what takes too many steps, and a line with characters outside of ASCII, is left
// to the library.
type lineReader struct {
	format *format
	line   []byte
	groups []int
	left   int // steps
}

// program is an expression as steps; nil: the library reads every line.
type program struct {
	start *step
	slots int // of its groups
}

// step is a part of an expression.
type step struct {
	op    stepOp
	text  string     // of stepText
	class *[128]bool // of stepRun
	min   int        // characters of a run
	max   int        // -1: any number
	lazy  bool       // the shortest run first
	whole bool       // what follows cannot begin with a character of the run: it ends where the class does
	slot  int        // of stepGroup: index in groups
	ways  []*step    // of stepWays, the preferred one first
	next  *step
}

type stepOp int

const (
	stepText stepOp = iota
	stepRun
	stepGroup
	stepWays
	stepBegin
	stepEnd
	stepDone
)

const (
	maxSteps  = 400 // parts of an expression
	stepsFrom = 500 // steps for a line, and stepsByte more for each of its bytes
	stepsByte = 4
)

func newLineReader(f *format) *lineReader {
	return &lineReader{format: f, groups: make([]int, max(f.short.slots, f.long.slots))}
}

// match reports whether the format matches a line.
func (r *lineReader) match(line []byte) bool {
	if found, ok := r.run(&r.format.short, line); ok {
		return found
	}
	return r.format.head.Match(line)
}

// time reads the time of a line.
func (r *lineReader) time(line []byte, c decl.Clock) (t time.Time, ambiguous, ok bool) {
	found, sure := r.run(&r.format.short, line)
	switch {
	case !sure:
		return r.format.head.Time(string(line), c)
	case !found:
		return time.Time{}, false, false
	}
	return r.format.head.TimeOf(string(line), r.groups, c)
}

// entry reads a line; without a match there is nothing in it.
func (r *lineReader) entry(line []byte, c decl.Clock) decl.Entry {
	found, sure := r.run(&r.format.long, line)
	switch {
	case !sure:
		e, _ := r.format.lf.Parse(string(line), c)
		return e
	case !found:
		return decl.Entry{}
	}
	return r.format.lf.EntryOf(string(line), r.groups, c)
}

// run follows the steps; ok is false when they do not tell.
func (r *lineReader) run(p *program, line []byte) (found, ok bool) {
	if p.start == nil || !isASCII(line) {
		return false, false
	}
	r.line, r.left = line, stepsFrom+stepsByte*len(line)
	for i := range r.groups {
		r.groups[i] = -1
	}
	found = r.follow(p.start, 0)
	return found, r.left >= 0
}

// follow tries what is left of the expression at a place.
func (r *lineReader) follow(s *step, pos int) bool {
	for {
		if r.left--; r.left < 0 {
			return false
		}
		switch s.op {
		case stepDone:
			return true
		case stepText:
			if len(r.line)-pos < len(s.text) || string(r.line[pos:pos+len(s.text)]) != s.text {
				return false
			}
			pos += len(s.text)
		case stepBegin:
			if pos != 0 {
				return false
			}
		case stepEnd:
			if pos != len(r.line) {
				return false
			}
		case stepGroup:
			was := r.groups[s.slot]
			if r.groups[s.slot] = pos; r.follow(s.next, pos) {
				return true
			}
			r.groups[s.slot] = was
			return false
		case stepWays:
			last := len(s.ways) - 1
			for _, way := range s.ways[:last] {
				if r.follow(way, pos) {
					return true
				}
			}
			s = s.ways[last]
			continue
		case stepRun:
			if s.min != s.max {
				return r.tryRuns(s, pos)
			}
			if r.runLength(s, pos) < s.min {
				return false
			}
			pos += s.min
		}
		s = s.next
	}
}

// runLength is how many characters of the step's class stand at a place.
func (r *lineReader) runLength(s *step, pos int) int {
	rest := r.line[pos:]
	if s.max >= 0 && len(rest) > s.max {
		rest = rest[:s.max]
	}
	for i, c := range rest {
		if !s.class[c&0x7f] {
			return i
		}
	}
	return len(rest)
}

// tryRuns tries all lengths of a run that can be.
func (r *lineReader) tryRuns(s *step, pos int) bool {
	most := r.runLength(s, pos)
	if s.whole {
		return most >= s.min && r.follow(s.next, pos+most)
	}
	for i := s.min; i <= most; i++ {
		n := i
		if !s.lazy {
			n = most - (i - s.min)
		}
		if r.follow(s.next, pos+n) {
			return true
		}
		if r.left < 0 {
			return false
		}
	}
	return false
}

// stepMaker translates an expression.
type stepMaker struct {
	n     int // steps so far
	slots int
	bad   bool // it has what steps cannot do
}

// stepsOf translates an expression that begins at the beginning of a line, and
// says how many slots its groups have; nil: it cannot be.
func stepsOf(expr string) program {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || re.Sub[0].Op != syntax.OpBeginText {
		return program{}
	}
	m := &stepMaker{slots: 2 * (re.MaxCap() + 1)}
	first := m.of(re.Simplify(), &step{op: stepDone})
	if m.bad {
		return program{}
	}
	return program{first, m.slots}
}

// of gives the first step of an expression that goes on with next.
func (m *stepMaker) of(re *syntax.Regexp, next *step) *step {
	if m.n++; m.n > maxSteps {
		m.bad = true
	}
	if m.bad {
		return next
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return next
	case syntax.OpBeginText:
		return &step{op: stepBegin, next: next}
	case syntax.OpEndText:
		return &step{op: stepEnd, next: next}
	case syntax.OpLiteral:
		return m.literal(re, next)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return m.characters(re, 1, 1, false, next)
	case syntax.OpCapture:
		end := &step{op: stepGroup, slot: 2*re.Cap + 1, next: next}
		return &step{op: stepGroup, slot: 2 * re.Cap, next: m.of(re.Sub[0], end)}
	case syntax.OpConcat:
		for _, sub := range slices.Backward(re.Sub) {
			next = m.of(sub, next)
		}
		return next
	case syntax.OpAlternate:
		ways := &step{op: stepWays}
		for _, sub := range re.Sub {
			ways.ways = append(ways.ways, m.of(sub, next))
		}
		return ways
	case syntax.OpQuest:
		ways := []*step{m.of(re.Sub[0], next), next}
		if re.Flags&syntax.NonGreedy != 0 {
			slices.Reverse(ways)
		}
		return &step{op: stepWays, ways: ways}
	case syntax.OpStar:
		return m.characters(re.Sub[0], 0, -1, re.Flags&syntax.NonGreedy != 0, next)
	case syntax.OpPlus:
		return m.characters(re.Sub[0], 1, -1, re.Flags&syntax.NonGreedy != 0, next)
	}
	m.bad = true
	return next
}

// literal is a text, or where case does not count a run for each character.
func (m *stepMaker) literal(re *syntax.Regexp, next *step) *step {
	text := string(re.Rune)
	if !isASCII([]byte(text)) || re.Flags&syntax.FoldCase != 0 {
		m.bad = true
		return next
	}
	return &step{op: stepText, text: text, next: next}
}

// characters is a run of characters of one class.
func (m *stepMaker) characters(re *syntax.Regexp, low, high int, lazy bool, next *step) *step {
	s := &step{op: stepRun, class: &[128]bool{}, min: low, max: high, lazy: lazy, next: next}
	var ranges []rune
	switch re.Op {
	case syntax.OpCharClass:
		ranges = re.Rune
	case syntax.OpAnyChar:
		ranges = []rune{0, 127}
	case syntax.OpAnyCharNotNL:
		ranges = []rune{0, '\n' - 1, '\n' + 1, 127}
	case syntax.OpLiteral:
		if len(re.Rune) == 1 && re.Flags&syntax.FoldCase == 0 {
			ranges = []rune{re.Rune[0], re.Rune[0]}
		}
	}
	if ranges == nil {
		m.bad = true
		return next
	}
	for i := 0; i < len(ranges); i += 2 {
		for c := ranges[i]; c <= min(ranges[i+1], 127); c++ {
			s.class[c] = true
		}
	}
	s.whole = s.max < 0 && next.beginsOutside(s.class)
	return s
}

// beginsOutside reports whether what matches from here on begins with a character
// that is not of a class.
func (s *step) beginsOutside(class *[128]bool) bool {
	for s.op == stepGroup {
		s = s.next
	}
	switch s.op {
	case stepText:
		return s.text != "" && !class[s.text[0]&0x7f]
	case stepEnd:
		return true
	case stepRun:
		for c := range class {
			if class[c] && s.class[c] {
				return false
			}
		}
		return s.min > 0
	}
	return false
}
