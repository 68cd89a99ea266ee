package regex

import (
	"fmt"
	"unicode/utf8"
)

// Regexp is a compiled expression. It is safe for concurrent use.
type Regexp struct {
	names    []string
	prog     program
	anchored bool // a match begins at the text's beginning
	first    *firstBytes
}

// Compile reads an expression. Its errors say what is wrong with it.
func Compile(text string) (*Regexp, error) {
	n, names, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("error parsing regexp %.200q: %w", text, err)
	}
	prog, err := compileTree(n)
	if err != nil {
		return nil, fmt.Errorf("error parsing regexp %.200q: %w", text, err)
	}
	r := &Regexp{names: names, prog: prog}
	r.look()
	return r, nil
}

// MustCompile is Compile for an expression of this program, which is right.
func MustCompile(text string) *Regexp {
	r, err := Compile(text)
	if err != nil {
		panic(err)
	}
	return r
}

// look finds what all matches begin with.
func (r *Regexp) look() {
	var first firstBytes
	r.anchored = true
	known := true
	seen := map[bool][]bool{false: make([]bool, len(r.prog.insts)), true: make([]bool, len(r.prog.insts))}
	var walk func(pc int, begun bool)
	walk = func(pc int, begun bool) {
		if seen[begun][pc] {
			return
		}
		seen[begun][pc] = true
		switch i := &r.prog.insts[pc]; i.op {
		case opMatch:
			known, r.anchored = false, r.anchored && begun
		case opRune:
			r.anchored = r.anchored && begun
			for b := range 256 {
				first[b] = first[b] || b >= utf8.RuneSelf || i.set.ascii[b/64]>>(b%64)&1 != 0
			}
		case opSplit:
			walk(i.next, begun)
			walk(i.other, begun)
		case opAssert:
			walk(i.next, begun || i.assert == beginText)
		case opSave:
			walk(i.next, begun)
		}
	}
	walk(r.prog.start, false)
	if known {
		r.first = &first
	}
}

// SubexpNames are the names of the groups, "" for those without. The first is
// that of the whole expression, which has none.
func (r *Regexp) SubexpNames() []string { return r.names }

// SubexpIndex is the number of a group, -1 when there is none of the name.
func (r *Regexp) SubexpIndex(name string) int {
	for i, n := range r.names {
		if name != "" && n == name {
			return i
		}
	}
	return -1
}

// Match reports whether the expression matches somewhere in a text.
func (r *Regexp) Match(text []byte) bool { return r.find(text, 0) != nil }

// MatchString is Match for a string.
func (r *Regexp) MatchString(text string) bool { return r.Match([]byte(text)) }

// FindSubmatchIndex gives the begin and the end of the first match and of each
// of its groups, -1 for those that have none; nil without a match.
func (r *Regexp) FindSubmatchIndex(text []byte) []int { return r.find(text, 0) }

// FindSubmatch gives the first match and its groups; nil without a match.
func (r *Regexp) FindSubmatch(text []byte) [][]byte {
	m := r.find(text, 0)
	if m == nil {
		return nil
	}
	out := make([][]byte, len(r.names))
	for i := range out {
		if m[2*i] >= 0 {
			out[i] = text[m[2*i]:m[2*i+1]:m[2*i+1]]
		}
	}
	return out
}

// FindStringSubmatch is FindSubmatch for a string.
func (r *Regexp) FindStringSubmatch(text string) []string {
	m := r.find([]byte(text), 0)
	if m == nil {
		return nil
	}
	return r.groups(text, m)
}

// FindAllSubmatchIndex gives all matches that do not overlap, each as
// FindSubmatchIndex does.
func (r *Regexp) FindAllSubmatchIndex(text []byte) [][]int {
	var out [][]int
	for at, end := 0, -1; at <= len(text); {
		m := r.find(text, at)
		if m == nil {
			break
		}
		empty := m[1] == at // and no other match ends where it stands
		if !empty || m[0] != end {
			out = append(out, m)
		}
		end, at = m[1], m[1]
		if empty {
			at += width(text, at)
		}
	}
	return out
}

// ReplaceAll gives the text with each match replaced by what by says. A match is
// as FindSubmatchIndex gives it.
func (r *Regexp) ReplaceAll(text []byte, by func(match []int) []byte) []byte {
	var out []byte
	last := 0
	for _, m := range r.FindAllSubmatchIndex(text) {
		out = append(append(out, text[last:m[0]]...), by(m)...)
		last = m[1]
	}
	return append(out, text[last:]...)
}

// ReplaceAllLiteralString gives the text with each match replaced.
func (r *Regexp) ReplaceAllLiteralString(text, with string) string {
	return string(r.ReplaceAll([]byte(text), func([]int) []byte { return []byte(with) }))
}

// FindAllStringSubmatch gives all matches that do not overlap, each as
// FindStringSubmatch does.
func (r *Regexp) FindAllStringSubmatch(text string) [][]string {
	var out [][]string
	for _, m := range r.FindAllSubmatchIndex([]byte(text)) {
		out = append(out, r.groups(text, m))
	}
	return out
}

// groups are the texts of a match and its groups.
func (r *Regexp) groups(text string, m []int) []string {
	out := make([]string, len(r.names))
	for i := range out {
		if m[2*i] >= 0 {
			out[i] = text[m[2*i]:m[2*i+1]]
		}
	}
	return out
}
