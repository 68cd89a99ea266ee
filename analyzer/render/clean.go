package render

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

const (
	// maxField is the longest text of one field, in bytes; the rest is cut off
	// and said to be.
	maxField = 16 << 10
	// maxMarks is the most combining marks that may stand on one letter, so that
	// a stack of them cannot reach into the lines around it.
	maxMarks = 4
	cutMark  = " [cut]"
)

// Clean removes from a text what could act on a terminal or hide from a
// reader: control characters (escape too), characters that reverse the
// direction of text, and those without a width. Line feeds and tabs stay, other
// line ends become line feeds, invalid UTF-8 becomes U+FFFD. Text over 16 KiB is
// cut.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	s, cut := capped(s)
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(s))
	marks := 0
	for _, r := range s {
		switch {
		case breaksLine(r):
			b.WriteByte('\n')
		case hidden(r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks <= maxMarks {
				b.WriteRune(r)
			}
			continue
		default:
			b.WriteRune(r)
		}
		marks = 0
	}
	if cut {
		b.WriteString(cutMark)
	}
	return b.String()
}

// plain says that Clean has nothing to do.
func plain(s string) bool {
	if len(s) > maxField {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\t') || c >= 0x7F {
			return false
		}
	}
	return true
}

func capped(s string) (string, bool) {
	if len(s) <= maxField {
		return s, false
	}
	end := maxField
	for end > maxField-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end], true
}

// breaksLine names the line ends other than line feed, which terminals and
// browsers do not agree on.
func breaksLine(r rune) bool {
	switch r {
	case '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// hidden says that a character acts instead of showing: controls, format
// characters (direction, joiners, byte order marks, tags), variation selectors,
// fillers and private use.
func hidden(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// cleanReport is a deep copy of r in which every text went through Clean, so
// that no renderer can forget one.
func cleanReport(r *report.Report) *report.Report {
	out := new(report.Report)
	cleanInto(reflect.ValueOf(out).Elem(), reflect.ValueOf(r).Elem())
	return out
}

func cleanInto(dst, src reflect.Value) {
	switch src.Kind() {
	case reflect.String:
		dst.SetString(Clean(src.String()))
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			cleanInto(dst.Elem(), src.Elem())
		}
	case reflect.Slice:
		cleanSlice(dst, src)
	case reflect.Map:
		cleanMap(dst, src)
	case reflect.Struct:
		cleanStruct(dst, src)
	default:
		dst.Set(src)
	}
}

func cleanSlice(dst, src reflect.Value) {
	if raw, ok := src.Interface().(json.RawMessage); ok {
		dst.SetBytes([]byte(Clean(string(raw))))
		return
	}
	if src.IsNil() {
		return
	}
	dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
	for i := range src.Len() {
		cleanInto(dst.Index(i), src.Index(i))
	}
}

func cleanMap(dst, src reflect.Value) {
	if src.IsNil() {
		return
	}
	dst.Set(reflect.MakeMapWithSize(src.Type(), src.Len()))
	for it := src.MapRange(); it.Next(); {
		k, v := reflect.New(src.Type().Key()).Elem(), reflect.New(src.Type().Elem()).Elem()
		cleanInto(k, it.Key())
		cleanInto(v, it.Value())
		dst.SetMapIndex(k, v)
	}
}

func cleanStruct(dst, src reflect.Value) {
	if src.Type() == reflect.TypeFor[time.Time]() {
		dst.Set(src)
		return
	}
	for i := range src.NumField() {
		cleanInto(dst.Field(i), src.Field(i))
	}
}

// oneLine joins the lines of a text that has no place for more than one.
func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
