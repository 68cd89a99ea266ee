package scan

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"sort"
	"strings"
)

// minNeedle is the shortest literal worth searching for.
const minNeedle = 2

// needle is a literal without a newline that stands in every text that a
// pattern matches.
type needle struct {
	text string // lower case when fold
	fold bool   // ASCII letters match in either case
}

// maxNeedles bounds the needles of one pattern: each costs a search through
// every block.
const maxNeedles = 16

// needlesOf finds needles of which at least one stands in every match of an
// expression, the longest it can; none: nothing is known.
func needlesOf(expr string) []needle {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	list := required(re)
	if shortest(list) < minNeedle || len(list) > maxNeedles {
		return nil
	}
	return list
}

// shortest is the length of the shortest needle, on which the list's use
// depends; 0 for an empty list.
func shortest(list []needle) int {
	if len(list) == 0 {
		return 0
	}
	n := len(list[0].text)
	for _, l := range list[1:] {
		n = min(n, len(l.text))
	}
	return n
}

// required walks down what every match must pass; of an alternation that is one
// of the needles of each way.
func required(re *syntax.Regexp) []needle {
	switch re.Op {
	case syntax.OpLiteral:
		if n := literalNeedle(string(re.Rune), re.Flags&syntax.FoldCase != 0); n.text != "" {
			return []needle{n}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		return requiredOfAny(re.Sub)
	case syntax.OpConcat:
		var best []needle
		for _, sub := range re.Sub {
			if list := required(sub); shortest(list) > shortest(best) {
				best = list
			}
		}
		return best
	}
	return nil
}

func requiredOfAny(ways []*syntax.Regexp) []needle {
	var all []needle
	for _, way := range ways {
		list := required(way)
		if len(list) == 0 {
			return nil
		}
		for _, n := range list {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// literalNeedle is the longest part of a literal that can be searched for:
// within a line and, where case does not count, of ASCII only.
func literalNeedle(s string, fold bool) needle {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || fold && r >= 0x80 })
	var best string
	for _, p := range parts {
		if len(p) > len(best) {
			best = p
		}
	}
	if fold {
		best = strings.ToLower(best)
	}
	return needle{text: best, fold: fold}
}

// finder names the lines of one block in which needles stand. What it found is
// kept until the next block, because scans share needles.
type finder struct {
	needles []needle
	b       *block
	found   [][]int32 // by needle: line indexes in order
	done    []bool
	all     []int32
	lower   []byte // buf with ASCII letters in lower case
	folded  bool   // lower is of this block
	strange bool   // the block has characters outside of ASCII that fold into it
	merged  []int32
	table   [256]byte // ASCII letters to lower case
}

func newFinder(needles []needle) *finder {
	f := &finder{needles: needles, found: make([][]int32, len(needles)), done: make([]bool, len(needles))}
	for i := range f.table {
		f.table[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			f.table[i] += 'a' - 'A'
		}
	}
	return f
}

func (f *finder) reset(b *block) {
	f.b, f.folded = b, false
	clear(f.done)
}

// lines lists the lines in which the matcher may find something, in order. The
// list holds until the next call.
func (f *finder) lines(m *matcher) []int32 {
	if m.needles == nil {
		return f.every()
	}
	if len(m.needles) == 1 {
		return f.of(m.needles[0])
	}
	f.merged = f.merged[:0]
	for _, id := range m.needles {
		f.merged = append(f.merged, f.of(id)...)
	}
	slices.Sort(f.merged)
	f.merged = slices.Compact(f.merged)
	return f.merged
}

func (f *finder) every() []int32 {
	for len(f.all) < len(f.b.lines) {
		f.all = append(f.all, int32(len(f.all)))
	}
	return f.all[:len(f.b.lines)]
}

func (f *finder) of(id int) []int32 {
	if f.done[id] {
		return f.found[id]
	}
	f.done[id] = true
	n := f.needles[id]
	hay := f.b.buf
	if n.fold {
		if f.fold(); f.strange {
			f.found[id] = append(f.found[id][:0], f.every()...)
			return f.found[id]
		}
		hay = f.lower
	}
	f.found[id] = f.search(f.found[id][:0], hay, []byte(n.text))
	return f.found[id]
}

// search appends the lines of hay, which is laid out as the block's buf, that
// hold the needle.
func (f *finder) search(out []int32, hay, needle []byte) []int32 {
	lines := f.b.lines
	for pos, line := 0, 0; line < len(lines); line++ {
		i := bytes.Index(hay[pos:], needle)
		if i < 0 {
			break
		}
		line += sort.Search(len(lines)-line, func(k int) bool { return lines[line+k].end >= pos+i })
		out = append(out, int32(line))
		pos = lines[line].end + 1
	}
	return out
}

// fold makes lower.
func (f *finder) fold() {
	if f.folded {
		return
	}
	f.folded = true
	f.lower = slices.Grow(f.lower[:0], len(f.b.buf))[:len(f.b.buf)]
	var seen byte
	for i, c := range f.b.buf {
		seen |= c
		f.lower[i] = f.table[c]
	}
	ascii := seen < 0x80
	f.strange = !ascii && hasStrange(f.lower)
}
