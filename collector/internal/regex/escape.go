package regex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape reads what is behind a backslash outside of brackets.
func (p *parser) escape() (*node, error) {
	switch {
	case p.take("A"):
		return place(false, 0, beginText), nil
	case p.take("z"):
		return place(false, 0, endText), nil
	case p.take("b"):
		return place(false, 0, wordBoundary), nil
	case p.take("B"):
		return place(false, 0, noWordBoundary), nil
	}
	if c, ok := p.perl(); ok {
		return ofClass(c), nil
	}
	r, err := p.escapedRune()
	if err != nil {
		return nil, err
	}
	return p.literal(r), nil
}

// perl reads d, s, w or what they are not, behind a backslash.
func (p *parser) perl() (class, bool) {
	if p.rest == "" || !strings.Contains("dswDSW", p.rest[:1]) {
		return nil, false
	}
	name := strings.ToLower(p.rest[:1])
	not := name != p.rest[:1]
	p.rest = p.rest[1:]
	return p.named(name, not), true
}

// named is a class with a name, or what it is not.
func (p *parser) named(name string, not bool) class {
	c := p.cases(named[name])
	if not {
		return c.negated()
	}
	return c
}

// letters are the escapes of one letter.
var letters = map[rune]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// escapedRune reads the rune behind a backslash.
func (p *parser) escapedRune() (rune, error) {
	if p.rest == "" {
		return 0, errors.New(`trailing backslash at end of expression`)
	}
	r := p.next()
	if l, ok := letters[r]; ok {
		return l, nil
	}
	switch {
	case r == 'p' || r == 'P':
		return 0, errors.New("classes of Unicode are not known here")
	case r == 'x':
		return p.hexadecimal()
	case r == '0' || r >= '1' && r <= '7' && p.rest != "" && p.rest[0] >= '0' && p.rest[0] <= '7':
		return p.octal(r - '0'), nil
	case r < utf8.RuneSelf && !(r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'):
		return r, nil
	}
	return 0, fmt.Errorf(`invalid escape sequence \%c`, r)
}

// octal reads up to two more digits.
func (p *parser) octal(r rune) rune {
	for i := 0; i < 2 && p.rest != "" && p.rest[0] >= '0' && p.rest[0] <= '7'; i++ {
		r = r*8 + p.next() - '0'
	}
	return r
}

// hexadecimal reads two digits, or some in braces.
func (p *parser) hexadecimal() (rune, error) {
	digits := p.rest[:min(2, len(p.rest))]
	if p.take("{") {
		inner, rest, ok := strings.Cut(p.rest, "}")
		if !ok {
			return 0, errors.New(`invalid escape sequence \x{`)
		}
		digits, p.rest = inner, rest
	} else if len(digits) == 2 {
		p.rest = p.rest[2:]
	} else {
		digits = ""
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || v > unicode.MaxRune {
		return 0, fmt.Errorf(`invalid escape sequence \x%.20s`, digits)
	}
	return rune(v), nil
}

// brackets reads a class behind "[".
func (p *parser) brackets() (*node, error) {
	var c class
	not := p.take("^")
	for first := true; first || !strings.HasPrefix(p.rest, "]"); first = false {
		if p.rest == "" {
			return nil, errors.New("missing closing ]")
		}
		more, err := p.member()
		if err != nil {
			return nil, err
		}
		c = append(c, more...)
	}
	p.take("]")
	c = c.canonical()
	if not {
		c = c.negated()
	}
	if len(c) == 0 {
		return &node{kind: kindNone}, nil
	}
	return ofClass(c), nil
}

// member reads a rune, a range or a class with a name within brackets.
func (p *parser) member() (class, error) {
	if inner, rest, ok := strings.Cut(p.rest, ":]"); ok && strings.HasPrefix(inner, "[:") {
		name, not := strings.CutPrefix(inner[2:], "^")
		if len(name) < 2 || named[name] == nil {
			return nil, fmt.Errorf("invalid character class range [:%.20s:]", name)
		}
		p.rest = rest
		return p.named(name, not), nil
	}
	if strings.HasPrefix(p.rest, `\`) {
		p.rest = p.rest[1:]
		if c, ok := p.perl(); ok {
			return c, nil
		}
		p.rest = `\` + p.rest
	}
	from, err := p.bracketRune()
	if err != nil {
		return nil, err
	}
	to := from
	if len(p.rest) > 1 && p.rest[0] == '-' && p.rest[1] != ']' {
		p.rest = p.rest[1:]
		if to, err = p.bracketRune(); err != nil {
			return nil, err
		}
		if to < from {
			return nil, fmt.Errorf("invalid character class range %c-%c", from, to)
		}
	}
	return p.cases(class{from, to}), nil
}

func (p *parser) bracketRune() (rune, error) {
	if p.take(`\`) {
		return p.escapedRune()
	}
	return p.next(), nil
}
