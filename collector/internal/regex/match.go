package regex

import (
	"sync"
	"unicode/utf8"
)

// job is an instruction to run at a place, or a slot to give its old value back.
type job struct {
	inst, at int
	restore  bool
}

// matcher runs a program over a text. It keeps what it has taken from the heap.
type matcher struct {
	text  []byte
	seen  []uint64 // a bit for each place and instruction, by place
	words int      // of seen, for a place
	from  int      // the place of the first word of seen
	jobs  []job
	slots []int
}

var matchers = sync.Pool{New: func() any { return new(matcher) }}

// find gives the slots of the leftmost match in text at or behind a place; nil
// when there is none.
func (r *Regexp) find(text []byte, from int) []int {
	m := matchers.Get().(*matcher)
	defer m.done()
	m.text, m.words, m.from = text, (len(r.prog.insts)+63)/64, from
	m.slots = append(m.slots[:0], make([]int, 2*len(r.names))...)
	for at := from; at <= len(text); at += width(text, at) {
		if r.anchored && at > 0 {
			return nil
		}
		if at = r.first.index(text, at); at < 0 {
			return nil
		}
		if m.run(&r.prog, at) {
			return append([]int(nil), m.slots...)
		}
	}
	return nil
}

// maxKept bounds what a matcher that waits for its next text keeps, in words.
const maxKept = 1 << 16

// done gives the matcher back.
func (m *matcher) done() {
	if m.text, m.seen = nil, m.seen[:0]; cap(m.seen) > maxKept {
		m.seen = nil
	}
	matchers.Put(m)
}

// width is the length of the rune at a place, 1 at the end.
func width(text []byte, at int) int {
	if at >= len(text) || text[at] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(text[at:])
	return n
}

// firstBytes are the bytes that a match can begin with; nil for any and none.
type firstBytes [256]bool

// index is the first place of one of the bytes that begins a rune, or -1.
func (f *firstBytes) index(text []byte, at int) int {
	if f == nil {
		return at
	}
	for ; at < len(text); at += width(text, at) {
		if f[text[at]] {
			return at
		}
	}
	return -1
}

// fresh reports whether an instruction was not yet run at a place, and notes it.
// What has failed once fails again, wherever the match was begun.
func (m *matcher) fresh(inst, at int) bool {
	i := (at-m.from)*m.words + inst/64
	for len(m.seen) <= i {
		m.seen = append(m.seen, make([]uint64, i+1-len(m.seen))...)
	}
	bit := uint64(1) << (inst % 64)
	if m.seen[i]&bit != 0 {
		return false
	}
	m.seen[i] |= bit
	return true
}

// run tries to match at a place.
func (m *matcher) run(p *program, at int) bool {
	if (at-m.from)*m.words >= len(m.seen) { // no way has come as far as this
		m.seen, m.from = m.seen[:0], at
	}
	for i := range m.slots {
		m.slots[i] = -1
	}
	m.jobs = append(m.jobs[:0], job{inst: p.start, at: at})
	for len(m.jobs) > 0 {
		j := m.jobs[len(m.jobs)-1]
		m.jobs = m.jobs[:len(m.jobs)-1]
		if j.restore {
			m.slots[j.inst] = j.at
			continue
		}
		if m.follow(p, j.inst, j.at) {
			return true
		}
	}
	return false
}

// follow runs one way through the program to its end; the others become jobs.
func (m *matcher) follow(p *program, pc, at int) bool {
	for m.fresh(pc, at) {
		i := &p.insts[pc]
		switch i.op {
		case opMatch:
			return true
		case opFail:
			return false
		case opRune:
			n := i.set.takes(m.text[at:])
			if n == 0 {
				return false
			}
			at += n
		case opAssert:
			if !holds(i.assert, m.text, at) {
				return false
			}
		case opSave:
			m.jobs = append(m.jobs, job{inst: i.slot, at: m.slots[i.slot], restore: true})
			m.slots[i.slot] = at
		case opSplit:
			m.jobs = append(m.jobs, job{inst: i.other, at: at})
		}
		pc = i.next
	}
	return false
}

// takes is the length of the rune at the beginning of a text when it is in the
// set, else 0. A byte that is not UTF-8 counts as U+FFFD.
func (s *set) takes(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	if b := text[0]; b < utf8.RuneSelf {
		return int(s.ascii[b/64] >> (b % 64) & 1)
	}
	r, n := utf8.DecodeRune(text)
	if !s.has(r) {
		return 0
	}
	return n
}

// holds reports whether an assertion is true of a place.
func holds(a assertion, text []byte, at int) bool {
	switch a {
	case beginText:
		return at == 0
	case endText:
		return at == len(text)
	case beginLine:
		return at == 0 || text[at-1] == '\n'
	case endLine:
		return at == len(text) || text[at] == '\n'
	}
	before, behind := at > 0 && isWord(text[at-1]), at < len(text) && isWord(text[at])
	return (before != behind) == (a == wordBoundary)
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
