// Package wire reads and writes the JSON of the check ABI as encoding/json does,
// and several times faster where that is slowest: once in a process, within a
// WebAssembly module.
//
// It does the usual. Whatever is not (a member in other case than its tag or
// named twice, bytes that are not UTF-8, a type with ways of its own, an error) it
// leaves to encoding/json from the beginning, so that the result is always that
// of encoding/json.
package wire

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// Codec remembers what it has learned about types. The zero value is ready; it is
// not safe for concurrent use.
type Codec struct {
	types map[reflect.Type]*typeInfo
}

// typeInfo is how a type is written.
type typeInfo struct {
	kind   kind
	elem   *typeInfo // of a list, a map and a pointer
	fields []field   // of a struct
}

// field is one member.
type field struct {
	name      string
	index     []int
	info      *typeInfo
	omitEmpty bool
	omitZero  bool
}

// kind is how a type is written.
type kind uint8

const (
	unusual kind = iota
	textKind
	boolKind
	intKind
	uintKind
	floatKind
	structKind
	sliceKind
	arrayKind
	mapKind
	pointerKind
	anyKind
	timeKind    // time.Time
	rawKind     // json.RawMessage
	marshalKind // a text that the type reads by itself
	skipKind    // left out
)

// maxFields of a struct can be told apart when they are read.
const maxFields = 64

var (
	timeType      = reflect.TypeFor[time.Time]()
	rawType       = reflect.TypeFor[json.RawMessage]()
	stringType    = reflect.TypeFor[string]()
	jsonReader    = reflect.TypeFor[json.Unmarshaler]()
	jsonWriter    = reflect.TypeFor[json.Marshaler]()
	textReader    = reflect.TypeFor[encoding.TextUnmarshaler]()
	textWriter    = reflect.TypeFor[encoding.TextMarshaler]()
	kindsOfValues = map[reflect.Kind]kind{
		reflect.String: textKind, reflect.Bool: boolKind,
		reflect.Int: intKind, reflect.Int8: intKind, reflect.Int16: intKind, reflect.Int32: intKind, reflect.Int64: intKind,
		reflect.Uint: uintKind, reflect.Uint16: uintKind, reflect.Uint32: uintKind, reflect.Uint64: uintKind,
		reflect.Float64: floatKind, reflect.Struct: structKind, reflect.Pointer: pointerKind,
	}
)

// kindOf says how a type is written. A byte is unusual, as lists of them are
// written in base64.
func kindOf(t reflect.Type) kind {
	switch t {
	case timeType:
		return timeKind
	case rawType:
		return rawKind
	}
	if p := reflect.PointerTo(t); p.NumMethod() > 0 {
		switch {
		case p.Implements(jsonReader) || p.Implements(jsonWriter):
			return unusual
		case p.Implements(textReader) || p.Implements(textWriter):
			if p.Implements(textReader) && t.Implements(textWriter) && t.Kind() != reflect.Interface {
				return marshalKind
			}
			return unusual
		}
	}
	switch t.Kind() {
	case reflect.Slice:
		return unlessUnusual(sliceKind, t.Elem())
	case reflect.Array:
		return unlessUnusual(arrayKind, t.Elem())
	case reflect.Map:
		if t.Key() != stringType {
			return unusual
		}
		return mapKind
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return unusual
		}
		return anyKind
	}
	return kindsOfValues[t.Kind()]
}

// unlessUnusual is the kind of a list.
func unlessUnusual(k kind, elem reflect.Type) kind {
	if e := elem.Kind(); e == reflect.Uint8 || e == reflect.Pointer {
		return unusual
	}
	return k
}

// Skip leaves out members of a type when documents are read.
func (c *Codec) Skip(t reflect.Type) { c.typeOf(t).kind = skipKind }

// typeOf learns about a type.
func (c *Codec) typeOf(t reflect.Type) *typeInfo {
	info, ok := c.types[t]
	if ok {
		return info
	}
	info = &typeInfo{kind: kindOf(t)}
	if c.types == nil {
		c.types = map[reflect.Type]*typeInfo{}
	}
	c.types[t] = info
	switch info.kind {
	case sliceKind, arrayKind, mapKind, pointerKind:
		info.elem = c.typeOf(t.Elem())
	case structKind:
		if !c.add(info, t, nil) || len(info.fields) > maxFields || !info.distinct() {
			info.kind = unusual
		}
	}
	return info
}

// add takes in the fields of a struct, and those of structs that it embeds; it
// reports whether all of it is usual.
func (c *Codec) add(info *typeInfo, t reflect.Type, at []int) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(at[:len(at):len(at)], i)
		tag := f.Tag.Get("json")
		switch {
		case tag == "-" || !f.IsExported() && !f.Anonymous:
		case !f.IsExported():
			return false
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct && kindOf(f.Type) == structKind:
			if !c.add(info, f.Type, index) {
				return false
			}
		case f.Anonymous || !info.addField(c.typeOf(f.Type), tag, index):
			return false
		}
	}
	return true
}

func (info *typeInfo) addField(t *typeInfo, tag string, index []int) bool {
	name, options, _ := strings.Cut(tag, ",")
	one := field{name: name, index: index, info: t}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "omitempty":
			one.omitEmpty = true
		case "omitzero":
			one.omitZero = true
		default:
			return false
		}
	}
	info.fields = append(info.fields, one)
	return name != "" && plainName([]byte(name))
}

func (info *typeInfo) distinct() bool {
	seen := map[string]bool{}
	for _, f := range info.fields {
		if seen[f.name] {
			return false
		}
		seen[f.name] = true
	}
	return true
}

// plainName reports whether a name can only mean itself: encoding/json takes
// names for the same that differ in case.
func plainName(name []byte) bool {
	for _, c := range name {
		if c >= 'A' && c <= 'Z' || c >= 0x80 || c < '-' || c == '\\' {
			return false
		}
	}
	return true
}

// get finds the field in a struct.
func (f *field) get(v reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	return v.FieldByIndex(f.index)
}
