//go:build !wasip1

package bundles

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// HasMembers reports whether line is a JSON object that has the members of
// part. An object without members claims nothing.
func HasMembers(line, part []byte) bool {
	want, err := DecodeValue(part)
	if err != nil {
		return false
	}
	members, ok := want.(map[string]any)
	if !ok || len(members) == 0 {
		return false
	}
	doc, err := DecodeValue(line)
	if err != nil {
		return false
	}
	have, ok := doc.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range members {
		if got, ok := have[name]; !ok || !EqualValues(got, value) {
			return false
		}
	}
	return true
}

// DecodeValue reads exactly one JSON value; numbers keep their digits.
func DecodeValue(raw []byte) (any, error) {
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

// ValueAt follows a JSON pointer (RFC 6901) into what DecodeValue gave.
func ValueAt(doc any, pointer string) (any, bool) {
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

// EqualValues compares what DecodeValue gave; numbers by value, not by their
// digits.
func EqualValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			if w, ok := b[name]; !ok || !EqualValues(v, w) {
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
			if !EqualValues(a[i], b[i]) {
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
