// Package safetext makes text of bundles and modules safe to show: nothing in
// it can act on a terminal, reorder what is read, or hide.
package safetext

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Clean removes control characters but line feed and tab, escape sequences'
// first bytes among them, and all characters that change the direction of text
// or have no width. Invalid UTF-8 becomes U+FFFD.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if Acts(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// plain reports whether s is printable ASCII, line feeds and tabs: nearly all
// text is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= utf8.RuneSelf || c == 0x7F {
			return false
		}
	}
	return true
}

// Acts reports whether a character does something instead of showing
// something: controls, format characters (direction, width, joiners, byte
// order mark, tags), line and paragraph separators, variation selectors, blank
// fillers.
func Acts(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// CleanAll cleans every string that v, a pointer, leads to: fields, elements,
// keys and values of maps, and the strings in raw JSON.
func CleanAll(v any) { clean(reflect.ValueOf(v)) }

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

func clean(v reflect.Value) {
	switch {
	case v.Type() == timeType:
		return
	case v.Type() == rawType:
		if v.CanSet() {
			v.SetBytes(cleanJSON(v.Bytes()))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(Clean(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			clean(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			clean(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			clean(v.Index(i))
		}
	case reflect.Map:
		cleanMap(v)
	}
}

// cleanMap replaces every entry by a clean copy of it.
func cleanMap(m reflect.Value) {
	for _, key := range m.MapKeys() {
		k, e := reflect.New(m.Type().Key()).Elem(), reflect.New(m.Type().Elem()).Elem()
		k.Set(key)
		e.Set(m.MapIndex(key))
		clean(k)
		clean(e)
		m.SetMapIndex(key, reflect.Value{})
		m.SetMapIndex(k, e)
	}
}

// cleanJSON cleans a JSON text as a text, in which all such characters stand
// inside of strings; escaped ones stay escaped, and harmless.
func cleanJSON(raw json.RawMessage) json.RawMessage {
	if plain(string(raw)) {
		return raw
	}
	return json.RawMessage(Clean(string(raw)))
}
