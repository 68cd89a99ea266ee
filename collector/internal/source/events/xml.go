package events

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The event log writes plain XML: elements, attributes, text and references.
// This reader knows no more, which is a tenth of the size of encoding/xml.

const maxDepth = 16

// element is one that is open.
type element struct {
	attr  map[string]string
	text  strings.Builder
	inner bool // it has elements in it
}

// walk reads a text and hands its elements to a record.
func walk(s string, r *record) error {
	var path []string
	var open []*element
	for s != "" {
		text, rest, found := strings.Cut(s, "<")
		if len(open) > 0 {
			open[len(open)-1].text.WriteString(plain(text))
		}
		if !found {
			break
		}
		tag, rest, found := cutTag(rest)
		if !found {
			return errors.New("it ends inside of an element")
		}
		s = rest
		switch {
		case strings.HasPrefix(tag, "?"), strings.HasPrefix(tag, "!"):
			continue
		case strings.HasPrefix(tag, "/"):
			n := len(open)
			if n == 0 || path[n-1] != local(strings.TrimSpace(tag[1:])) {
				return errors.New("an element ends that is not open")
			}
			if e := open[n-1]; !e.inner {
				r.text(path, e.attr, e.text.String())
			}
			path, open = path[:n-1], open[:n-1]
			continue
		}
		if len(open) == maxDepth {
			return errors.New("it is nested too deep")
		}
		if len(open) > 0 {
			open[len(open)-1].inner = true
		}
		single := strings.HasSuffix(tag, "/")
		name, attr := attributes(strings.TrimSuffix(tag, "/"))
		path, open = append(path, name), append(open, &element{attr: attr})
		r.open(path, attr)
		if single {
			r.text(path, attr, "")
			path, open = path[:len(path)-1], open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return errors.New("an element does not end")
	}
	return nil
}

// cutTag cuts at the end of a tag. A > in quotes is none.
func cutTag(s string) (tag, rest string, found bool) {
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

// local is a name without its namespace.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// attributes reads name='value' pairs behind the name of an element.
func attributes(tag string) (name string, attr map[string]string) {
	end := strings.IndexAny(tag, " \t\r\n")
	if end < 0 {
		return local(tag), nil
	}
	name, tag = local(tag[:end]), tag[end:]
	attr = map[string]string{}
	for {
		key, rest, ok := strings.Cut(tag, "=")
		rest = strings.TrimLeft(rest, " \t\r\n")
		if !ok || rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return name, attr
		}
		value, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok {
			return name, attr
		}
		attr[strings.TrimSpace(key)] = plain(value)
		tag = after
	}
}

// plain replaces references by what they stand for.
func plain(s string) string {
	head, rest, ok := strings.Cut(s, "&")
	if !ok {
		return s
	}
	var b strings.Builder
	for ok {
		b.WriteString(head)
		ref, after, end := strings.Cut(rest, ";")
		if text := character(ref); end && text != "" {
			b.WriteString(text)
			rest = after
		} else {
			b.WriteByte('&')
		}
		head, rest, ok = strings.Cut(rest, "&")
	}
	b.WriteString(head)
	return b.String()
}

func character(ref string) string {
	switch ref {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "quot":
		return `"`
	case "apos":
		return "'"
	}
	digits, ok := strings.CutPrefix(ref, "#")
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if !ok || err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return ""
	}
	return string(rune(n))
}
