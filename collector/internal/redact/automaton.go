package redact

import (
	"bytes"
	"strconv"
	"strings"
)

// automaton finds all trigger words in one pass, one table look-up a byte
// (Aho-Corasick over a folded alphabet). Regular expressions cost 20 to 50
// times that.
type automaton struct {
	class [256]uint8
	// next holds, for state*width+class, the state that follows. States are
	// multiplied by a quarter of width, which four divides, so that four times as
	// many have room in 16 bits. Those that end a word are numbered last.
	next   *[room + 256]uint16
	width  int
	accept uint16 // states from here on end a word
	ends   map[uint16][]trigger
	closer [256]bool // how words end of which likely drops some: begins of vendors' keys, in both cases, and @
	most   int       // bytes of the longest word
}

// pack is what a row of the table is divided by in the numbers of states; room is
// the most entries that it has.
const (
	pack = 4
	room = pack << 16
)

// hit is a trigger word that ends at end.
type hit struct {
	trigger
	end int
}

// trie is the automaton while it is built.
type trie struct {
	to   []map[byte]int
	fail []int
	out  [][]trigger
}

// loosely is a word as the table has it: all bytes above ASCII are one class, as
// are all digits, and rare signs and letters, so that it stays small. Who finds such a word
// compares it.
func loosely(word string) []byte {
	out := []byte(word)
	for i, c := range out {
		switch {
		case c >= 0x80:
			out[i] = 0x80
		case isDigit(c):
			out[i] = '0'
		default:
			out[i] = alike(c)
		}
	}
	return out
}

// alikes are signs and letters of few words; those without a blank between them
// are one class.
const alikes = `~$+?{#;('>*&=" -._ jqz vy wx`

// alike is the first of the signs and letters of few words that are one class.
func alike(c byte) byte {
	i := strings.IndexByte(alikes, c)
	if i < 0 || c == ' ' {
		return c
	}
	for i > 0 && alikes[i-1] != ' ' {
		i--
	}
	return alikes[i]
}

func newTrie(words []trigger) *trie {
	t := &trie{to: []map[byte]int{{}}, fail: []int{0}, out: [][]trigger{nil}}
	for _, w := range words {
		s := 0
		for _, c := range loosely(w.word) {
			if _, ok := t.to[s][c]; !ok {
				t.to = append(t.to, map[byte]int{})
				t.fail, t.out = append(t.fail, 0), append(t.out, nil)
				t.to[s][c] = len(t.to) - 1
			}
			s = t.to[s][c]
		}
		t.out[s] = append(t.out[s], w)
	}
	t.link()
	return t
}

// link sets the failure links, breadth first.
func (t *trie) link() {
	queue := []int{0}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for c, next := range t.to[s] {
			if s != 0 {
				t.fail[next] = t.step(t.fail[s], c)
			}
			t.out[next] = append(t.out[next], t.out[t.fail[next]]...)
			queue = append(queue, next)
		}
	}
}

func (t *trie) step(s int, c byte) int {
	for {
		if next, ok := t.to[s][c]; ok {
			return next
		}
		if s == 0 {
			return 0
		}
		s = t.fail[s]
	}
}

func newAutomaton(words []trigger) *automaton {
	t := newTrie(words)
	a := &automaton{ends: map[uint16][]trigger{}, width: 1}
	var letters []byte
	for _, w := range words {
		a.most = max(a.most, len(w.word))
		if c := w.word[len(w.word)-1]; w.key() || w.kind == kindAt || w.kind == kindURL || w.kind == kindEncoded && w.wide {
			a.closer[c], a.closer[bytes.ToUpper([]byte{c})[0]] = true, true
		}
		for _, c := range loosely(w.word) {
			if a.class[c] == 0 {
				a.class[c] = uint8(a.width)
				letters = append(letters, c)
				a.width++
			}
		}
	}
	for c := range a.class {
		switch {
		case c >= 0x80:
			a.class[c] = a.class[0x80]
		case isDigit(byte(c)):
			a.class[c] = a.class['0']
		default:
			a.class[c] = a.class[alike(byte(c))]
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.width += -a.width & (pack - 1)
	a.fill(t, letters)
	return a
}

// fill numbers the states, those that end a word last, and writes the table.
func (a *automaton) fill(t *trie, letters []byte) {
	number, n := make([]uint16, len(t.to)), 0
	for _, accepting := range []bool{false, true} {
		if accepting {
			a.accept = uint16(n * a.width / pack)
		}
		for s := range t.to {
			if (len(t.out[s]) > 0) == accepting {
				number[s] = uint16(n * a.width / pack)
				n++
			}
		}
	}
	if n*a.width > room {
		panic("the trigger words do not fit the table: " + strconv.Itoa(n*a.width))
	}
	a.next = new([room + 256]uint16)
	for s := range t.to {
		for _, c := range letters {
			a.next[int(number[s])*pack+int(a.class[c])] = number[t.step(s, c)]
		}
		if len(t.out[s]) > 0 {
			a.ends[number[s]] = t.out[s]
		}
	}
}

// find returns the position after the first trigger word at or after from, or -1.
func (a *automaton) find(p []byte, from int) int {
	var s uint16
	for i := from; i < len(p); i++ {
		s = a.next[int(s)*pack+int(a.class[p[i]])]
		if s >= a.accept {
			return i + 1
		}
	}
	return -1
}

// sameWord compares a word that the table has loosely.
func sameWord(b []byte, word string) bool {
	for i, c := range b {
		if c != word[i] && (c < 'A' || c > 'Z' || c|0x20 != word[i]) {
			return false
		}
	}
	return true
}

// lanes is how many places of a text are searched at once: each step of one
// waits for the memory, and the waits overlap.
const lanes = 4

// mark appends to hits the positions of the last bytes of trigger words in p,
// in order: of each line with a word at least one.
func (a *automaton) mark(p []byte, hits []int32) []int32 {
	n := len(p) / lanes
	if n < 4*maxKey {
		return a.markOne(p, 0, 0, hits)
	}
	p0, p1, p2, p3 := p[:n], p[n:][:n], p[2*n:][:n], p[3*n:][:n]
	s0 := uint16(0)
	s1, s2, s3 := a.state(p0), a.state(p1), a.state(p2)
	var found [lanes][]int32
	for i := range p0 {
		s0 = a.next[int(s0)*pack+int(a.class[p0[i]])]
		s1 = a.next[int(s1)*pack+int(a.class[p1[i]])]
		s2 = a.next[int(s2)*pack+int(a.class[p2[i]])]
		s3 = a.next[int(s3)*pack+int(a.class[p3[i]])]
		if s0 >= a.accept || s1 >= a.accept || s2 >= a.accept || s3 >= a.accept {
			for k, s := range [lanes]uint16{s0, s1, s2, s3} {
				if s >= a.accept {
					found[k] = append(found[k], int32(k*n+i))
				}
			}
		}
	}
	for _, f := range found {
		hits = append(hits, f...)
	}
	return a.markOne(p, lanes*n, s3, hits)
}

// markOne is mark from a position on, in one lane.
func (a *automaton) markOne(p []byte, from int, s uint16, hits []int32) []int32 {
	for i := from; i < len(p); i++ {
		s = a.next[int(s)*pack+int(a.class[p[i]])]
		if s >= a.accept {
			hits = append(hits, int32(i))
		}
	}
	return hits
}

// likely drops from hits the begins of keys of vendors that stand inside of other
// words, as "sk-" in "disk-0", the @ of mail addresses, URLs without an @, and what
// the table takes for an escape: logs are full of some.
func (a *automaton) likely(p []byte, hits []int32) []int32 {
	out := hits[:0]
	for _, h := range hits {
		if !a.closer[p[h]] || !a.idle(p, int(h)+1) {
			out = append(out, h)
		}
	}
	return out
}

// idle reports whether all words that end at end are keys inside of others, an @
// that no password stands before, the begin of a URL that has none, or no escape of
// a character that is printed: \u0000001 is a user of a domain.
func (a *automaton) idle(p []byte, end int) bool {
	for _, t := range a.ends[a.state(p[:end])] {
		before := end - len(t.word) - 1
		switch {
		case t.kind == kindEncoded && !sameWord(p[before+1:end], t.word), strings.HasSuffix(t.word, "u00") && control(p[end:]):
		case t.kind == kindAt:
			if hasColon(p[:before+1]) {
				return false
			}
		case t.kind == kindURL:
			if hasAt(p[end:]) {
				return false
			}
		case !t.key() || before < 0 || !isKnit(p[before]):
			return false
		}
	}
	return true
}

// control reports whether p, behind \u00, goes on with the number of a character that
// is not printed. \U00000061 is one that is.
func control(p []byte) bool {
	return len(p) > 3 && p[0] < '2' && string(p[:4]) != "0000"
}

// hasAt reports whether the word that p begins with has an @, or may have one.
func hasAt(p []byte) bool {
	for i, c := range p {
		switch {
		case c == '@' || i == longURL:
			return true
		case urlEnd[c]:
			return false
		}
	}
	return true
}

// longURL is how many bytes of a URL are looked at for an @.
const longURL = 4 << 10

// urlEnd are the characters that end a URL with what may stand in it.
var urlEnd = [256]bool{' ': true, '\t': true, '\r': true, '\v': true, '\f': true, '\n': true, '"': true, '\'': true, '<': true, '>': true}

// hasColon reports whether the word at the end of p may be user:password.
func hasColon(p []byte) bool {
	for i := len(p) - 1; i >= max(0, len(p)-maxUserinfo); i-- {
		switch c := p[i]; {
		case c == ':':
			return true
		case userinfoEnd[c]:
			return false
		}
	}
	return false
}

// maxUserinfo is how many bytes before an @ are looked at.
const maxUserinfo = 256

// userinfoEnd are the characters that end what stands before an @.
var userinfoEnd = [256]bool{' ': true, '\t': true, '\r': true, '\v': true, '\f': true, '\n': true, '"': true, '\'': true, '=': true, '(': true, ',': true, ';': true, '>': true}

// key reports whether a word is the begin of a vendor's key, and not the address
// of a web hook.
func (t trigger) key() bool { return t.kind == kindVendor && strings.IndexByte(t.word, '/') < 0 }

// state is that behind p.
func (a *automaton) state(p []byte) (s uint16) {
	for _, c := range p[max(0, len(p)-a.most):] {
		s = a.next[int(s)*pack+int(a.class[c])]
	}
	return s
}

// all appends every trigger word of a line to hits.
func (a *automaton) all(p []byte, hits []hit) []hit {
	var s uint16
	for i, c := range p {
		s = a.next[int(s)*pack+int(a.class[c])]
		if s >= a.accept {
			for _, t := range a.ends[s] {
				if begin := i + 1 - len(t.word); !t.wide || sameWord(p[begin:i+1], t.word) {
					hits = append(hits, hit{t, i + 1})
				}
			}
		}
	}
	return hits
}
