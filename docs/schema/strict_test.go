package schema_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// loose are members that take values of several types.
var loose = []string{"data", "value", "parameters"}

// TestStrict gives every member of every document a value of another type, and
// every list of words a word that is not in it: nothing of that is valid.
func TestStrict(t *testing.T) {
	s := newSchemas(t)
	for ref, typ := range roots() {
		raw, err := json.Marshal(fill(typ, "").Interface())
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		fixHeader(doc)
		n := 0
		mutate(doc, "", func(where string) {
			n++
			raw, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if s.validate(t, ref, raw) == nil {
				t.Errorf("%s: a wrong value at %s is valid", ref, where)
			}
		})
		if n < 2 {
			t.Errorf("%s: only %d members were tried", ref, n)
		}
		raw, _ = json.Marshal(doc)
		if err := s.validate(t, ref, raw); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// fixHeader gives a bundle's header and manifest what the writer would.
func fixHeader(doc any) {
	if m := doc.(map[string]any); m["minor"] != nil {
		m["format"], m["version"], m["minor"] = "asr-bundle", 1, 0
	}
}

// mutate puts one wrong value after the other into doc, and the right one back.
func mutate(v any, where string, try func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if slices.Contains(loose, name) && where != "" {
				continue
			}
			at := where + "/" + name
			for _, wrong := range wrongFor(member, name) {
				v[name] = wrong
				try(fmt.Sprintf("%s: %v", at, wrong))
			}
			v[name] = member
			mutate(member, at, try)
		}
	case []any:
		for i, member := range v {
			for _, wrong := range wrongFor(member, "") {
				v[i] = wrong
				try(fmt.Sprintf("%s/%d: %v", where, i, wrong))
			}
			v[i] = member
			mutate(member, fmt.Sprintf("%s/%d", where, i), try)
		}
	}
}

// wrongFor gives values that cannot stand in a member's place.
func wrongFor(v any, name string) []any {
	switch v := v.(type) {
	case string:
		wrong := []any{17.0, nil}
		if isWord(v, name) {
			wrong = append(wrong, "no such word")
		}
		return wrong
	case map[string]any:
		return []any{[]any{}, nil}
	case []any:
		return []any{map[string]any{}, nil}
	default:
		return []any{"text", nil}
	}
}

// isWord says whether a member's value is one of a list.
func isWord(v, name string) bool {
	if strings.HasPrefix(v, "2026-") || strings.HasPrefix(v, "asr-") {
		return true
	}
	for where, w := range words {
		if strings.HasSuffix(where, "."+name) && w == v {
			return true
		}
	}
	return false
}

// TestOpen: members that nobody knows yet are valid everywhere.
func TestOpen(t *testing.T) {
	s := newSchemas(t)
	for ref, typ := range roots() {
		raw, err := json.Marshal(fill(typ, "").Interface())
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		fixHeader(doc)
		extend(doc, typ)
		raw, err = json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.validate(t, ref, raw); err != nil {
			t.Errorf("%s with more members: %v", ref, err)
		}
	}
}

// extend adds a member to every object that stands for a struct.
func extend(v any, typ reflect.Type) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		extendObject(v, typ)
	case []any:
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() != reflect.Uint8 {
			for _, e := range v {
				extend(e, typ.Elem())
			}
		}
	}
}

func extendObject(v map[string]any, typ reflect.Type) {
	if typ.Kind() == reflect.Map {
		for _, e := range v {
			extend(e, typ.Elem())
		}
		return
	}
	for name, f := range jsonFields(typ) {
		if e, ok := v[name]; ok {
			extend(e, f.typ)
		}
	}
	v["of_a_later_minor"] = map[string]any{"x": []any{1}}
}
