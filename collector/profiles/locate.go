package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// located puts the line of the member that each error of Validate speaks of
// before it.
func located(raw []byte, err error) error {
	var list interface{ Unwrap() []error }
	if !errors.As(err, &list) {
		return err
	}
	at := lines(raw)
	var out []error
	for _, e := range list.Unwrap() {
		member, _, _ := strings.Cut(e.Error(), ": ")
		line, ok := at[member]
		for !ok && strings.Contains(member, ".") { // it is missing: its owner then
			member = member[:strings.LastIndexByte(member, '.')]
			line, ok = at[member]
		}
		out = append(out, fmt.Errorf("line %d: %w", max(line, 1), e))
	}
	return errors.Join(out...)
}

// lines maps the members of a document, as in logs[0].globs, to their lines.
func lines(raw []byte) map[string]int {
	out := map[string]int{}
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	var value func(path string) bool
	value = func(path string) bool {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		if path != "" {
			out[path] = 1 + bytes.Count(raw[:dec.InputOffset()], []byte("\n"))
		}
		open, _ := tok.(json.Delim)
		if open == 0 {
			return true
		}
		for i := 0; dec.More(); i++ {
			next := fmt.Sprintf("%s[%d]", path, i)
			if open == '{' {
				name, err := dec.Token()
				if err != nil {
					return false
				}
				next = strings.TrimPrefix(fmt.Sprintf("%s.%v", path, name), ".")
			}
			if !value(next) {
				return false
			}
		}
		_, err = dec.Token()
		return err == nil
	}
	value("")
	return out
}
