package scan

import (
	"bytes"
	"regexp/syntax"
)

// filter is what a text must hold for an expression to match: of one of the
// ways all clauses, of a clause one needle. An empty filter says nothing. It is
// a few searches for literals, where the expression takes each byte in turn.
type filter [][][]needle

// maxWays bounds a filter: more of them cost more than they save.
const maxWays = 16

// filterOf finds the filter of an expression.
func filterOf(expr string) filter {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	f := waysOf(re)
	if len(f) > maxWays {
		return nil
	}
	return f
}

// waysOf lists the ways to match; nil when one of them has no literal.
func waysOf(re *syntax.Regexp) filter {
	switch re.Op {
	case syntax.OpCapture:
		return waysOf(re.Sub[0])
	case syntax.OpAlternate:
		var all filter
		for _, sub := range re.Sub {
			f := waysOf(sub)
			if f == nil {
				return nil
			}
			all = append(all, f...)
		}
		return all
	}
	if clauses := clausesOf(re); len(clauses) > 0 {
		return filter{clauses}
	}
	return nil
}

// clausesOf lists what one way must hold.
func clausesOf(re *syntax.Regexp) (clauses [][]needle) {
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	for _, part := range parts {
		if list := required(part); shortest(list) >= minNeedle {
			clauses = append(clauses, list)
		}
	}
	return clauses
}

// passes reports whether an expression with this filter may match a text.
func (f filter) passes(t *text) bool {
	if len(f) == 0 {
		return true
	}
	for _, clauses := range f {
		if t.holdsAll(clauses) {
			return true
		}
	}
	return false
}

// text is a text that is searched, and the same in lower case once that is
// needed.
type text struct {
	raw     []byte
	lower   []byte
	folded  bool
	strange bool // it has characters outside of ASCII that fold into it
	finds   []find
	alts    []int
}

// reset begins with another text; the buffer is used again.
func (t *text) reset(raw []byte) { t.raw, t.folded = raw, false }

func (t *text) holdsAll(clauses [][]needle) bool {
	for _, list := range clauses {
		if !t.holdsOne(list) {
			return false
		}
	}
	return true
}

func (t *text) holdsOne(list []needle) bool {
	for _, n := range list {
		hay := t.raw
		if n.fold {
			if t.fold(); t.strange {
				return true
			}
			hay = t.lower
		}
		if bytes.Contains(hay, []byte(n.text)) {
			return true
		}
	}
	return false
}

// fold makes lower.
func (t *text) fold() {
	if t.folded {
		return
	}
	t.folded = true
	t.lower = append(t.lower[:0], t.raw...)
	ascii := true
	for i, c := range t.lower {
		if c >= 'A' && c <= 'Z' {
			t.lower[i] += 'a' - 'A'
		}
		ascii = ascii && c < 0x80
	}
	t.strange = !ascii && hasStrange(t.raw)
}

// hasStrange looks for characters outside of ASCII that fold into it.
func hasStrange(b []byte) bool {
	for _, c := range strangers {
		if bytes.Contains(b, []byte(c)) {
			return true
		}
	}
	return false
}
