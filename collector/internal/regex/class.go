package regex

import (
	"sort"
	"unicode"
)

// class is a set of runes: pairs of first and last, sorted and apart from each
// other once it is canonical.
type class []rune

// Classes with a name. Those of Perl hold ASCII only.
var named = map[string]class{
	"d": {'0', '9'}, "s": {'\t', '\n', '\f', '\r', ' ', ' '}, "w": {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'},
	"alnum": {'0', '9', 'A', 'Z', 'a', 'z'}, "alpha": {'A', 'Z', 'a', 'z'}, "ascii": {0, 0x7f}, "blank": {'\t', '\t', ' ', ' '},
	"cntrl": {0, 0x1f, 0x7f, 0x7f}, "digit": {'0', '9'}, "graph": {'!', '~'}, "lower": {'a', 'z'}, "print": {' ', '~'},
	"punct": {'!', '/', ':', '@', '[', '`', '{', '~'}, "space": {'\t', '\r', ' ', ' '}, "upper": {'A', 'Z'},
	"word": {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}, "xdigit": {'0', '9', 'A', 'F', 'a', 'f'},
}

// lastFolded is the last rune that has another case.
const lastFolded = 0x1e943

// folded adds the other cases of all runes.
func (c class) folded() class {
	out := append(class{}, c...)
	for i := 0; i < len(c); i += 2 {
		for r := c[i]; r <= min(c[i+1], lastFolded); r++ {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, f, f)
			}
		}
	}
	return out.canonical()
}

// negated has all the runes that c, which is canonical, has not.
func (c class) negated() class {
	var out class
	next := rune(0)
	for i := 0; i < len(c); i += 2 {
		if next < c[i] {
			out = append(out, next, c[i]-1)
		}
		next = c[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// canonical sorts the pairs and joins those that touch.
func (c class) canonical() class {
	sort.Sort(byFirst(c))
	var out class
	for i := 0; i < len(c); i += 2 {
		if n := len(out); n > 0 && c[i] <= out[n-1]+1 {
			out[n-1] = max(out[n-1], c[i+1])
			continue
		}
		out = append(out, c[i], c[i+1])
	}
	return out
}

func (c class) has(r rune) bool {
	for i := 0; i < len(c) && c[i] <= r; i += 2 {
		if r <= c[i+1] {
			return true
		}
	}
	return false
}

// set is a class and, as bits, its runes below 128.
type set struct {
	class
	ascii [2]uint64
}

// ofClass is a node for a rune of a class.
func ofClass(c class) *node {
	s := &set{class: c}
	for r := range rune(128) {
		if c.has(r) {
			s.ascii[r/64] |= 1 << (r % 64)
		}
	}
	return &node{kind: kindClass, set: s}
}

// byFirst sorts the pairs of a class.
type byFirst class

func (c byFirst) Len() int           { return len(c) / 2 }
func (c byFirst) Less(i, j int) bool { return c[2*i] < c[2*j] }
func (c byFirst) Swap(i, j int) {
	c[2*i], c[2*i+1], c[2*j], c[2*j+1] = c[2*j], c[2*j+1], c[2*i], c[2*i+1]
}
