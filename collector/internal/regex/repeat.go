package regex

import (
	"errors"
	"strconv"
	"strings"
)

// repeated reads the repetition behind an atom, if there is one.
func (p *parser) repeated(n *node) (*node, error) {
	least, most, ok, err := p.times()
	if !ok || err != nil {
		return n, err
	}
	lazy := p.take("?") != p.flags.lazy
	if _, _, again, err := p.times(); again || err != nil {
		return nil, errors.New("invalid nested repetition operator")
	}
	if size(n, least, most) > maxRepeat {
		return nil, errLarge
	}
	return &node{kind: kindRepeat, min: least, max: most, lazy: lazy, sub: []*node{n}}, nil
}

// times reads *, +, ?, {n}, {n,} or {n,m}. A brace that begins none of these is
// a brace.
func (p *parser) times() (least, most int, ok bool, err error) {
	switch {
	case p.take("*"):
		return 0, -1, true, nil
	case p.take("+"):
		return 1, -1, true, nil
	case p.take("?"):
		return 0, 1, true, nil
	case !strings.HasPrefix(p.rest, "{"):
		return 0, 0, false, nil
	}
	text, rest, closed := strings.Cut(p.rest[1:], "}")
	from, to, two := strings.Cut(text, ",")
	least, ok = number(from)
	if !closed || !ok {
		return 0, 0, false, nil
	}
	switch {
	case !two:
		most = least
	case to == "":
		most = -1
	default:
		if most, ok = number(to); !ok {
			return 0, 0, false, nil
		}
	}
	if least > maxRepeat || most > maxRepeat || most >= 0 && least > most {
		return 0, 0, false, errors.New("invalid repeat count")
	}
	p.rest = rest
	return least, most, true, nil
}

// number reads a decimal number; a very large one is more than maxRepeat.
func number(s string) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return maxRepeat + 1, true
	}
	return n, true
}

// size is how often the innermost atom of a repetition of n is written out.
func size(n *node, least, most int) int {
	times := max(least, most, 1)
	deepest := 1
	for _, s := range n.sub {
		deepest = max(deepest, size(s, 1, 1))
	}
	if n.kind == kindRepeat {
		deepest *= max(n.min, n.max, 1)
	}
	return times * deepest
}
