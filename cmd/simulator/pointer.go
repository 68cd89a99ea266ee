package simulator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// step is one step of a pointer: of RFC 6901, or NAME=VALUE&NAME=VALUE..., which
// chooses the first element of an array whose members have those values, without
// regard to case.
type step struct {
	text string
	want []member
}

type member struct{ name, value string }

func parsePointer(s string) ([]step, error) {
	if s == "" {
		return nil, nil
	}
	if !strings.HasPrefix(s, "/") {
		return nil, fmt.Errorf("pointer %q does not begin with /", s)
	}
	var out []step
	for _, part := range strings.Split(s[1:], "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		st := step{text: part}
		for pair := range strings.SplitSeq(part, "&") {
			if name, value, ok := strings.Cut(pair, "="); ok {
				st.want = append(st.want, member{name, value})
			} else if n := len(st.want); n > 0 { // an "&" of the value's own
				st.want[n-1].value += "&" + pair
			}
		}
		out = append(out, st)
	}
	return out, nil
}

// find follows a pointer into a document that was decoded with numbers as they
// are written. ok is false where there is nothing.
func find(doc any, steps []step) (value any, ok bool) {
	for _, st := range steps {
		switch v := doc.(type) {
		case map[string]any:
			if doc, ok = v[st.text]; !ok {
				return nil, false
			}
		case []any:
			i := st.index(v)
			if i < 0 || i >= len(v) {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// index is the element of an array that the step means, -1 without one. "-1" is
// the last.
func (s step) index(list []any) int {
	if len(s.want) == 0 {
		i, err := strconv.Atoi(s.text)
		switch {
		case err != nil:
			return -1
		case i < 0:
			return len(list) + i
		}
		return i
	}
	for i, e := range list {
		if s.fits(e) {
			return i
		}
	}
	return -1
}

func (s step) fits(e any) bool {
	m, ok := e.(map[string]any)
	for _, w := range s.want {
		ok = ok && m[w.name] != nil && strings.EqualFold(text(m[w.name]), w.value)
	}
	return ok
}

// put gives the document with what a pointer leads to set. Members that are not
// there are made; "-" is behind the last element of an array.
func put(doc any, steps []step, value any) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	var old any
	var set func(any)
	switch p := doc.(type) {
	case map[string]any:
		old = p[steps[0].text]
		set = func(v any) { p[steps[0].text] = v }
	case []any:
		i := steps[0].index(p)
		switch {
		case steps[0].text == "-" && len(steps) == 1:
			return append(p, value), nil
		case i < 0 || i >= len(p):
			return nil, fmt.Errorf("there is no element %q", steps[0].text)
		}
		old = p[i]
		set = func(v any) { p[i] = v }
	default:
		return nil, fmt.Errorf("there is nothing that could have a %q", steps[0].text)
	}
	next, err := put(old, steps[1:], value)
	if err == nil {
		set(next)
	}
	return doc, err
}

// text is a value as a person writes it: strings without quotes.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// decode reads a document with numbers as they are written.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var doc any
	err := d.Decode(&doc)
	return doc, err
}
