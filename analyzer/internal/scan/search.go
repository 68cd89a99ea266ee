package scan

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// A searcher finds many needles in one go over a text. It is a Wu-Manber
// search: of each needle a window of the same length is entered, and the last
// few bytes of the window in the text, its gram, tell how far the next place is
// where any of them can stand. Letters are compared without case, so that
// needles of both kinds share the tables; places are verified.
//
// A gram's way from the text to the next place is a chain of look-ups, each of
// which waits for the one before. So four places, a quarter of the text apart,
// are followed at once.
type searcher struct {
	needles []needle
	folds   bool      // there are needles without case
	singles []int     // needles that are searched for one by one
	short   *searcher // the short ones of many needles, with tables of their own; nil: none
	window  int       // bytes; 0: all needles are singles
	gram    int       // bytes at its end that are looked up
	mask    uint32
	table   *[gramSlots]uint8  // how far to go on; 0: a needle may be here
	first   *[gramSlots]uint32 // first of the windows with a gram in the slot, plus one
	next    []uint32           // the same, of the window
	windows []window
}

// window is the part of a needle that is in the tables.
type window struct {
	needle int // index in searcher.needles
	offset int // of the window in the needle
}

const (
	gramBits  = 14
	gramSlots = 1 << gramBits
	maxWindow = 24
	lanes     = 4 // places followed at once
	slack     = 8 // bytes behind a text that may be read
)

// find is one needle in a text.
type find struct {
	pos    int
	needle int // index in searcher.needles
}

// gramLength is how many bytes of a window are looked up. Longer ones are rarer
// and leave less of the window to skip. So does a pair of bytes where there are
// few needles.
func gramLength(window, needles int) int {
	switch {
	case window < 4, window < 8 && needles < 16:
		return 2
	case window < 6:
		return 3
	}
	return 4
}

const foldMask = 0x20202020

// slot gives the place of a gram in the tables.
func slot(gram uint32) uint32 { return gram * 0x9e3779b1 >> (32 - gramBits) }

func newSearcher(needles []needle) *searcher {
	s := &searcher{needles: needles}
	order := make([]int, len(needles))
	for i, n := range needles {
		order[i] = i
		s.folds = s.folds || n.fold
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(needles[a].text), len(needles[b].text)) })
	alone := s.alone(order)
	s.singles = order[:alone]
	order = order[alone:]
	if k := s.few(order); k > 0 {
		s.short = &searcher{needles: needles}
		s.short.enter(order[:k])
		order = order[k:]
	}
	if len(order) > 0 {
		s.enter(order)
	}
	return s
}

// A needle shorter than shortNeedle makes all windows so short that they are
// everywhere. Where there are others, a second search for the short ones alone
// costs less.
const shortNeedle = 6

// few is how many needles, the shortest, get tables of their own.
func (s *searcher) few(order []int) int {
	k, _ := slices.BinarySearchFunc(order, shortNeedle, func(id, n int) int { return cmp.Compare(len(s.needles[id].text), n) })
	if len(order)-k < k {
		return 0 // the others are few
	}
	return k
}

// Costs of searching, in parts of a nanosecond a byte: of one needle by itself,
// and of a step through the tables.
const (
	costSingle = 60
	costStep   = 500
)

// alone is how many needles, the shortest, are better searched for one by one:
// a short needle makes all windows short.
func (s *searcher) alone(order []int) int {
	best, least := 0, int(^uint(0)>>1)
	for k := 0; k <= len(order); k++ {
		cost := k * costSingle
		if k < len(order) {
			w := min(len(s.needles[order[k]].text), maxWindow)
			cost += costStep / (w - gramLength(w, len(order)-k) + 1)
		}
		if cost < least {
			best, least = k, cost
		}
		if k < len(order) && s.needles[order[k]].fold {
			break
		}
	}
	return best
}

// enter fills the tables.
func (s *searcher) enter(order []int) {
	s.window = min(len(s.needles[order[0]].text), maxWindow)
	n := gramLength(s.window, len(order))
	s.gram = n
	s.mask = uint32(1<<(8*n) - 1)
	s.table, s.first = new([gramSlots]uint8), new([gramSlots]uint32)
	for i := range s.table {
		s.table[i] = uint8(s.window - n + 1)
	}
	for _, id := range order {
		text := s.needles[id].text
		w := window{needle: id, offset: bestWindow(text, s.window, n)}
		for i := 0; i+n <= s.window; i++ {
			at := s.slotOf(text[w.offset+i : w.offset+i+n])
			s.table[at] = min(s.table[at], uint8(s.window-n-i))
		}
		last := s.slotOf(text[w.offset+s.window-n : w.offset+s.window])
		s.windows, s.next = append(s.windows, w), append(s.next, s.first[last])
		s.first[last] = uint32(len(s.windows))
	}
}

// slotOf gives the slot of a gram as search does.
func (s *searcher) slotOf(gram string) uint32 {
	var b [4]byte
	copy(b[:], gram)
	return slot((binary.LittleEndian.Uint32(b[:]) | foldMask) & s.mask)
}

// bestWindow finds the part of a needle whose gram at the end is the rarest, as
// far as letters tell.
func bestWindow(text string, window, gram int) int {
	best, most := 0, -1
	for i := 0; i+window <= len(text); i++ {
		rare := 0
		for _, c := range []byte(text[i+window-gram : i+window]) {
			rare += rarity(c)
		}
		if rare > most {
			best, most = i, rare
		}
	}
	return best
}

// rarity is about how seldom a byte is in a log.
func rarity(c byte) int {
	const common = " 0e1t2a3o4i5n6s7r8d9l-:./u"
	if i := bytes.IndexByte([]byte(common), c|0x20); i >= 0 {
		return i
	}
	return len(common) + 4
}

// search appends where needles stand in hay: those of each table in order, then
// each single. The array of hay must have slack bytes more.
func (s *searcher) search(out []find, hay []byte) []find {
	if s.window > 0 {
		out = s.windowed(out, hay)
	}
	if s.short != nil {
		out = s.short.windowed(out, hay)
	}
	for _, id := range s.singles {
		text := []byte(s.needles[id].text)
		for pos := 0; ; pos++ {
			i := bytes.Index(hay[pos:], text)
			if i < 0 {
				break
			}
			pos += i
			out = append(out, find{pos, id})
		}
	}
	return out
}

// windowed searches with the tables. A lane's finds are in order, and all of
// them are before those of the next lane.
func (s *searcher) windowed(out []find, hay []byte) []find {
	places := len(hay) - s.window + 1
	if places <= 0 {
		return out
	}
	var found [lanes][]find
	var at, end [lanes]int
	part := (places + lanes - 1) / lanes
	for i := range lanes {
		at[i], end[i] = min(i*part, places), min((i+1)*part, places)
	}
	found[0] = out
	s.race(&found, hay, &at, &end)
	out = found[0]
	for i := range lanes {
		if i > 0 {
			out = append(out, found[i]...)
		}
		out = s.lane(out, hay, at[i], end[i])
	}
	return out
}

// race follows all lanes until one comes near its end.
func (s *searcher) race(found *[lanes][]find, hay []byte, at, end *[lanes]int) {
	table, mask := s.table, s.mask
	grams := hay[s.window-s.gram : len(hay)+slack]
	p0, p1, p2, p3 := at[0], at[1], at[2], at[3]
	for {
		steps := min(end[0]-p0, end[1]-p1, end[2]-p2, end[3]-p3) / s.window
		if steps <= 0 {
			break
		}
		for ; steps > 0; steps-- {
			d0 := table[slot((binary.LittleEndian.Uint32(grams[p0:])|foldMask)&mask)]
			d1 := table[slot((binary.LittleEndian.Uint32(grams[p1:])|foldMask)&mask)]
			d2 := table[slot((binary.LittleEndian.Uint32(grams[p2:])|foldMask)&mask)]
			d3 := table[slot((binary.LittleEndian.Uint32(grams[p3:])|foldMask)&mask)]
			if d0 == 0 {
				found[0], d0 = s.verify(found[0], hay, p0), 1
			}
			if d1 == 0 {
				found[1], d1 = s.verify(found[1], hay, p1), 1
			}
			if d2 == 0 {
				found[2], d2 = s.verify(found[2], hay, p2), 1
			}
			if d3 == 0 {
				found[3], d3 = s.verify(found[3], hay, p3), 1
			}
			p0, p1, p2, p3 = p0+int(d0), p1+int(d1), p2+int(d2), p3+int(d3)
		}
	}
	*at = [lanes]int{p0, p1, p2, p3}
}

// lane searches the places from at to end.
func (s *searcher) lane(out []find, hay []byte, at, end int) []find {
	grams := hay[s.window-s.gram : len(hay)+slack]
	for at < end {
		d := s.table[slot((binary.LittleEndian.Uint32(grams[at:])|foldMask)&s.mask)]
		if d == 0 {
			out, d = s.verify(out, hay, at), 1
		}
		at += int(d)
	}
	return out
}

// verify appends the needles whose window is at a place.
func (s *searcher) verify(out []find, hay []byte, at int) []find {
	end := hay[at+s.window-s.gram : at+s.window+slack]
	for i := s.first[slot((binary.LittleEndian.Uint32(end)|foldMask)&s.mask)]; i > 0; i = s.next[i-1] {
		w := s.windows[i-1]
		n := &s.needles[w.needle]
		from := at - w.offset
		if from < 0 || from+len(n.text) > len(hay) || !n.equal(hay[from:from+len(n.text)]) {
			continue
		}
		out = append(out, find{from, w.needle})
	}
	return out
}

// equal compares with a text of the same length.
func (n *needle) equal(b []byte) bool {
	if !n.fold {
		return string(b) == n.text
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != n.text[i] {
			return false
		}
	}
	return true
}
