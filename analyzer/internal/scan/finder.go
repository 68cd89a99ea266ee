package scan

import (
	"bytes"
	"slices"
)

// locate finds the lines in which needles stand.
func (b *block) locate(s *searcher) {
	for len(b.cands) < len(s.needles) {
		b.cands = append(b.cands, nil)
	}
	for i := range b.cands {
		b.cands[i] = b.cands[i][:0]
	}
	if len(s.needles) == 0 || len(b.ends) == 0 {
		return
	}
	b.finds = s.search(b.finds[:0], b.buf)
	line, last := 0, 0
	for _, f := range b.finds {
		if f.pos < last {
			line = 0 // the finds of another needle
		}
		last = f.pos
		line = b.lineAt(f.pos, line)
		b.candidate(f.needle, line)
	}
	if s.folds && !isASCII(b.buf) {
		b.strange(s)
	}
}

// lineAt is the line at a place of buf, at or behind line from.
func (b *block) lineAt(pos, from int) int {
	for step := 1; ; step *= 2 {
		if to := from + step; to >= len(b.ends) || int(b.ends[to]) >= pos {
			n, _ := slices.BinarySearch(b.ends[from:min(to+1, len(b.ends))], int32(pos))
			return from + n
		}
		from += step
	}
}

// candidate adds a line that is not before those that the needle has.
func (b *block) candidate(needle, line int) {
	list := b.cands[needle]
	if n := len(list); n == 0 || int(list[n-1]) != line {
		b.cands[needle] = append(list, int32(line))
	}
}

// The only characters outside of ASCII that fold into it: KELVIN SIGN and LATIN
// SMALL LETTER LONG S.
var strangers = [...]string{"\u212a", "\u017f"}

// strange makes the lines that have characters outside of ASCII which fold into
// it candidates of all needles that are searched for without case.
func (b *block) strange(s *searcher) {
	var lines []int32
	for _, c := range strangers {
		for pos := 0; ; {
			i := bytes.Index(b.buf[pos:], []byte(c))
			if i < 0 {
				break
			}
			line := b.lineAt(pos+i, 0)
			lines = append(lines, int32(line))
			pos = int(b.ends[line]) + 1
		}
	}
	if len(lines) == 0 {
		return
	}
	for i, n := range s.needles {
		if n.fold {
			b.cands[i] = sortedSet(append(b.cands[i], lines...))
		}
	}
}

func sortedSet(list []int32) []int32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// finder knows which needles a matcher asks for.
type finder struct {
	search *searcher
	ids    map[*matcher][]int // its needles, as the searcher numbers them
}

func newFinder(s *searcher, matchers []*matcher) *finder {
	f := &finder{search: s, ids: map[*matcher][]int{}}
	at := make(map[needle]int, len(s.needles))
	for i, n := range s.needles {
		at[n] = i
	}
	for _, m := range matchers {
		for _, n := range m.needles {
			f.ids[m] = append(f.ids[m], at[n])
		}
	}
	return f
}

// lineLists names the lines of a block in which a matcher may find something.
type lineLists struct{ all, merged []int32 }

// of lists the lines in order. The list holds until the next call.
func (l *lineLists) of(f *finder, m *matcher, b *block) []int32 {
	ids := f.ids[m]
	switch len(ids) {
	case 0:
		return l.every(b.count())
	case 1:
		return b.cands[ids[0]]
	}
	l.merged = l.merged[:0]
	for _, id := range ids {
		l.merged = append(l.merged, b.cands[id]...)
	}
	l.merged = sortedSet(l.merged)
	return l.merged
}

func (l *lineLists) every(n int) []int32 {
	for len(l.all) < n {
		l.all = append(l.all, int32(len(l.all)))
	}
	return l.all[:n]
}

// searcherOf makes the searcher for the needles of all these matchers.
func searcherOf(matchers []*matcher) *searcher {
	var needles []needle
	seen := map[needle]bool{}
	for _, m := range matchers {
		for _, n := range m.needles {
			if !seen[n] {
				seen[n] = true
				needles = append(needles, n)
			}
		}
	}
	return newSearcher(needles)
}
