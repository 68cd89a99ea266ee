package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a document, whatever its members are.
const (
	maxDepth  = 16
	maxString = 4096 // bytes of one string
)

// places maps the members of a document, as in logs[0].globs, to their lines.
type places map[string]int

// located puts the line of the member that each error of Validate speaks of
// before it.
func (at places) located(err error) error {
	var list interface{ Unwrap() []error }
	if !errors.As(err, &list) {
		return err
	}
	var out []error
	for _, e := range list.Unwrap() {
		member, _, _ := strings.Cut(e.Error(), ": ")
		out = append(out, fmt.Errorf("line %d: %w", at.line(member), e))
	}
	return errors.Join(out...)
}

// line is that of a member or, when it is missing, of its owner.
func (at places) line(member string) int {
	for {
		if line, ok := at[member]; ok {
			return line
		}
		dot := strings.LastIndexByte(member, '.')
		if dot < 0 {
			return 1
		}
		member = member[:dot]
	}
}

// scanner reads a document token by token and holds what the decoder does not
// look at: depth, members that are there twice, and odd characters.
type scanner struct {
	raw  []byte
	dec  *json.Decoder
	at   places
	line int
	done int // offset up to which lines are counted
}

// scan finds the members of a document. Its errors are of the form of the
// document; syntax errors are left to the decoder.
func scan(raw []byte) (places, error) {
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("line %d: the text is not UTF-8", 1+bytes.Count(raw[:validPrefix(raw)], []byte("\n")))
	}
	s := &scanner{raw: raw, dec: json.NewDecoder(bytes.NewReader(raw)), at: places{}, line: 1}
	s.dec.UseNumber()
	err := s.value("", 0)
	if se := (*json.SyntaxError)(nil); errors.As(err, &se) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return s.at, nil
	}
	return s.at, err
}

func validPrefix(raw []byte) int {
	n := 0
	for n < len(raw) {
		r, size := utf8.DecodeRune(raw[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

func (s *scanner) here() int {
	end := min(int(s.dec.InputOffset()), len(s.raw))
	s.line += bytes.Count(s.raw[s.done:end], []byte("\n"))
	s.done = end
	return s.line
}

func (s *scanner) fail(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", s.here(), fmt.Sprintf(format, args...))
}

func (s *scanner) value(path string, depth int) error {
	tok, err := s.dec.Token()
	if err != nil {
		return err
	}
	if path != "" {
		s.at[path] = s.here()
	}
	switch v := tok.(type) {
	case string:
		return s.text(path, v)
	case json.Delim:
		if depth >= maxDepth {
			return s.fail("%s: is nested deeper than %d", path, maxDepth)
		}
		if err := s.inside(v, path, depth); err != nil {
			return err
		}
		_, err = s.dec.Token()
		return err
	}
	return nil
}

func (s *scanner) inside(open json.Delim, path string, depth int) error {
	seen := map[string]bool{}
	for i := 0; s.dec.More(); i++ {
		next := fmt.Sprintf("%s[%d]", path, i)
		if open == '{' {
			name, err := s.name(seen)
			if err != nil {
				return err
			}
			next = strings.TrimPrefix(path+"."+name, ".")
		}
		if err := s.value(next, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// name reads the name of a member. The decoder would take other cases as well,
// and of two members the last.
func (s *scanner) name(seen map[string]bool) (string, error) {
	tok, err := s.dec.Token()
	if err != nil {
		return "", err
	}
	name, ok := tok.(string)
	switch {
	case !ok:
		return "", s.fail("a member without a name")
	case strings.ToLower(name) != name:
		return "", s.fail("unknown field %.80q", name)
	case seen[name]:
		return "", s.fail("member %.80q is there twice", name)
	}
	seen[name] = true
	return name, nil
}

func (s *scanner) text(path, v string) error {
	if len(v) > maxString {
		return s.fail("%s: is longer than %d bytes", path, maxString)
	}
	if strings.ContainsFunc(v, unicode.IsControl) {
		return s.fail("%s: %.80q has a control character", path, v)
	}
	return nil
}
