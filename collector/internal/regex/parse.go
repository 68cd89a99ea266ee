package regex

import (
	"cmp"
	"errors"
	"strings"
	"unicode/utf8"
)

// flags are what (?imsU) sets.
type flags struct{ fold, lines, dotAll, lazy bool }

// parser reads an expression from its beginning.
type parser struct {
	rest  string
	flags flags
	depth int
	names []string // of the groups; that of the whole expression is ""
}

func parse(text string) (*node, []string, error) {
	if !utf8.ValidString(text) {
		return nil, nil, errors.New("invalid UTF-8")
	}
	p := &parser{rest: text, names: []string{""}}
	n, err := p.alternatives()
	if err == nil && p.rest != "" {
		err = errors.New("unexpected )")
	}
	return n, p.names, err
}

// take drops a prefix when it is there.
func (p *parser) take(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

// next takes a rune. The expression must not be at its end.
func (p *parser) next() rune {
	r, n := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[n:]
	return r
}

// alternatives reads to the end of a group or of the expression.
func (p *parser) alternatives() (*node, error) {
	alt := &node{kind: kindAlt}
	for {
		n, err := p.list()
		if err != nil {
			return nil, err
		}
		alt.sub = append(alt.sub, n)
		if !p.take("|") {
			break
		}
	}
	if len(alt.sub) == 1 {
		return alt.sub[0], nil
	}
	return alt, nil
}

// list reads one alternative.
func (p *parser) list() (*node, error) {
	list := &node{kind: kindList}
	for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' {
		more, err := p.items()
		if err != nil {
			return nil, err
		}
		list.sub = append(list.sub, more...)
		n := len(list.sub)
		if n == 0 {
			continue
		}
		if list.sub[n-1], err = p.repeated(list.sub[n-1]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// items reads what stands side by side before a repetition, which is of the last
// one: one atom, nothing where flags are set, or what is between \Q and \E.
func (p *parser) items() ([]*node, error) {
	if p.take(`\Q`) {
		var out []*node
		text, rest, _ := strings.Cut(p.rest, `\E`)
		for _, r := range text {
			out = append(out, p.literal(r))
		}
		p.rest = rest
		return out, nil
	}
	n, err := p.atom()
	if n == nil || err != nil {
		return nil, err
	}
	return []*node{n}, nil
}

// literal is a rune as it stands.
func (p *parser) literal(r rune) *node { return ofClass(p.cases(class{r, r})) }

// cases adds the other cases of runes that were written out, when they do not
// matter.
func (p *parser) cases(c class) class {
	if p.flags.fold {
		return c.folded()
	}
	return c
}

// atom reads what a repetition may stand behind; nil after flags.
func (p *parser) atom() (*node, error) {
	if _, _, ok, err := p.times(); ok || err != nil {
		return nil, cmp.Or(err, errors.New("missing argument to repetition operator"))
	}
	switch r := p.next(); r {
	case '(':
		return p.group()
	case '[':
		return p.brackets()
	case '.':
		if p.flags.dotAll {
			return ofClass(class(nil).negated()), nil
		}
		return ofClass(class{'\n', '\n'}.negated()), nil
	case '^':
		return place(p.flags.lines, beginLine, beginText), nil
	case '$':
		return place(p.flags.lines, endLine, endText), nil
	case '\\':
		return p.escape()
	default:
		return p.literal(r), nil
	}
}

// place is an assertion: the first when lines is set, else the second.
func place(lines bool, line, text assertion) *node {
	if lines {
		text = line
	}
	return &node{kind: kindAssert, assert: text}
}

// group reads what is behind "(", with its ")".
func (p *parser) group() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errLarge
	}
	defer func() { p.depth-- }()
	outer, number := p.flags, -1
	switch {
	case p.take("?P<"), p.take("?<"):
		name, rest, ok := strings.Cut(p.rest, ">")
		if !ok || name == "" || strings.Trim(name, "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, errors.New("invalid named capture")
		}
		p.rest, number, p.names = rest, len(p.names), append(p.names, name)
	case p.take("?"):
		if alone, err := p.setFlags(); err != nil || alone {
			return nil, err
		}
	default:
		number, p.names = len(p.names), append(p.names, "")
	}
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, errors.New("missing closing )")
	}
	p.flags = outer
	if number < 0 {
		return n, nil
	}
	return &node{kind: kindGroup, group: number, sub: []*node{n}}, nil
}

// setFlags reads i, m, s and U behind "(?", and whether they stand alone.
func (p *parser) setFlags() (alone bool, err error) {
	f, on, any := p.flags, true, false
	for p.rest != "" {
		switch r := p.next(); r {
		case 'i':
			f.fold, any = on, true
		case 'm':
			f.lines, any = on, true
		case 's':
			f.dotAll, any = on, true
		case 'U':
			f.lazy, any = on, true
		case '-':
			if !on {
				return false, errors.New("invalid or unsupported Perl syntax")
			}
			on, any = false, false
		case ':', ')':
			if !on && !any {
				return false, errors.New("invalid or unsupported Perl syntax")
			}
			p.flags = f
			return r == ')', nil
		default:
			return false, errors.New("invalid or unsupported Perl syntax")
		}
	}
	return false, errors.New("missing closing )")
}
