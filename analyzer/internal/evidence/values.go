package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// pointers verifies claims of the form pointer and value: the file is one JSON
// document, and the value at the pointer is the claimed one.
func (v *Verifier) pointers(name string, claims []*claim) {
	if len(claims) == 0 {
		return
	}
	raw, err := bundles.ReadLimited(v.bundle.FS, name, bundles.MaxFactBytes)
	if err != nil {
		return
	}
	doc, err := decode(raw)
	if err != nil {
		return
	}
	for _, c := range claims {
		want, err := decode(c.Value)
		if err != nil {
			continue
		}
		got, ok := resolve(doc, *c.Pointer)
		c.holds = ok && equal(got, want)
	}
}

// lines verifies claims of the form line and value: the line is a JSON object
// that has the claimed members. An object without members claims nothing.
func (v *Verifier) lines(name string, claims []*claim) {
	if len(claims) == 0 {
		return
	}
	f, err := v.bundle.FS.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, bundles.MaxSampleBytes)
	todo := sorted(claims, byLine)
	for n := int64(1); len(todo) > 0 && sc.Scan(); n++ {
		for len(todo) > 0 && todo[0].Line == n {
			todo[0].holds = contains(sc.Bytes(), todo[0].Value)
			todo = todo[1:]
		}
	}
}

// contains reports whether both are objects and line has the members of part.
func contains(line, part []byte) bool {
	want, err := decode(part)
	if err != nil {
		return false
	}
	members, ok := want.(map[string]any)
	if !ok || len(members) == 0 {
		return false
	}
	doc, err := decode(line)
	if err != nil {
		return false
	}
	have, ok := doc.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range members {
		if got, ok := have[name]; !ok || !equal(got, value) {
			return false
		}
	}
	return true
}

// decode reads exactly one JSON value; numbers keep their digits.
func decode(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

// resolve follows a JSON pointer (RFC 6901).
func resolve(doc any, pointer string) (any, bool) {
	if pointer == "" {
		return doc, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		name, ok := unescape(token)
		if !ok {
			return nil, false
		}
		if doc, ok = member(doc, name); !ok {
			return nil, false
		}
	}
	return doc, true
}

// unescape turns ~1 into / and ~0 into ~; any other ~ is an error.
func unescape(token string) (string, bool) {
	if !strings.Contains(token, "~") {
		return token, true
	}
	for i := range len(token) {
		if token[i] == '~' && (i+1 == len(token) || token[i+1] != '0' && token[i+1] != '1') {
			return "", false
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"), true
}

func member(doc any, name string) (any, bool) {
	switch doc := doc.(type) {
	case map[string]any:
		v, ok := doc[name]
		return v, ok
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(i) != name || i < 0 || i >= len(doc) {
			return nil, false
		}
		return doc[i], true
	}
	return nil, false
}

// equal compares JSON values; numbers by value, not by their digits.
func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			if w, ok := b[name]; !ok || !equal(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		return ok && equalNumbers(string(a), string(b))
	}
	return a == b
}

// equalNumbers compares two JSON numbers: integers digit by digit, because some
// are larger than a float64 can tell apart, others as float64.
func equalNumbers(a, b string) bool {
	if a == b {
		return true
	}
	if !strings.ContainsAny(a+b, ".eE") {
		return false
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}
