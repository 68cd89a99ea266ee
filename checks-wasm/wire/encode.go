package wire

import (
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Append appends what json.Marshal gives.
func (c *Codec) Append(dst []byte, v any) ([]byte, error) {
	if v != nil {
		e := encoder{codec: c, out: dst}
		if x := reflect.ValueOf(v); e.value(x, c.typeOf(x.Type())) {
			return e.out, nil
		}
	}
	raw, err := json.Marshal(v)
	return append(dst, raw...), err
}

// encoder writes one document.
type encoder struct {
	codec *Codec
	out   []byte
	depth int
}

func (e *encoder) value(v reflect.Value, t *typeInfo) bool {
	switch k := t.kind; k {
	case textKind:
		e.text(v.String())
	case boolKind:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case intKind:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case uintKind:
		e.out = strconv.AppendUint(e.out, v.Uint(), 10)
	case floatKind:
		return e.float(v.Float())
	case structKind:
		return e.object(v, t)
	case sliceKind:
		if v.IsNil() {
			return e.null()
		}
		return e.list(v, t)
	case arrayKind:
		return e.list(v, t)
	case mapKind:
		if v.IsNil() {
			return e.null()
		}
		return e.mapping(v, t)
	case pointerKind, anyKind:
		if v.IsNil() {
			return e.null()
		}
		if e.depth++; e.depth > maxDepth { // it may lead to itself
			return false
		}
		defer func() { e.depth-- }()
		return e.value(v.Elem(), e.codec.typeOf(v.Elem().Type()))
	case timeKind, rawKind, marshalKind:
		return e.special(v, k)
	default:
		return false
	}
	return true
}

func (e *encoder) null() bool {
	e.out = append(e.out, "null"...)
	return true
}

func (e *encoder) object(v reflect.Value, info *typeInfo) bool {
	before := byte('{')
	for i := range info.fields {
		f := &info.fields[i]
		member := f.get(v)
		if f.omitEmpty && isEmpty(member) || f.omitZero && member.IsZero() {
			continue
		}
		e.out = append(e.out, before, '"')
		e.out = append(e.out, f.name...)
		e.out = append(e.out, '"', ':')
		before = ','
		if !e.value(member, f.info) {
			return false
		}
	}
	return e.end(before, '{', '}')
}

// end closes what was opened, if need be after opening it.
func (e *encoder) end(before, begin, end byte) bool {
	if before == begin {
		e.out = append(e.out, begin)
	}
	e.out = append(e.out, end)
	return true
}

// isEmpty is what omitempty means.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func (e *encoder) list(v reflect.Value, t *typeInfo) bool {
	before := byte('[')
	for i := range v.Len() {
		e.out = append(e.out, before)
		before = ','
		if !e.value(v.Index(i), t.elem) {
			return false
		}
	}
	return e.end(before, '[', ']')
}

func (e *encoder) mapping(v reflect.Value, t *typeInfo) bool {
	if e.depth++; e.depth > maxDepth {
		return false
	}
	defer func() { e.depth-- }()
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	before := byte('{')
	for _, k := range keys {
		e.out = append(e.out, before)
		before = ','
		e.text(k)
		e.out = append(e.out, ':')
		if !e.value(v.MapIndex(reflect.ValueOf(k)), t.elem) {
			return false
		}
	}
	return e.end(before, '{', '}')
}

// special writes what types write by themselves.
func (e *encoder) special(v reflect.Value, k kind) bool {
	switch k {
	case timeKind:
		raw, err := v.Interface().(time.Time).MarshalJSON()
		e.out = append(e.out, raw...)
		return err == nil
	case rawKind:
		if v.IsNil() {
			return e.null()
		}
		raw := v.Bytes()
		e.out = append(e.out, raw...)
		return compact(raw)
	}
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err == nil {
		e.text(string(text))
	}
	return err == nil
}

// compact reports whether encoding/json would copy a value as it is: one without
// spaces and without what it escapes for pages.
func compact(raw []byte) bool {
	l := lexer{data: raw}
	if !l.skip() || l.pos != len(raw) {
		return false
	}
	inText := false
	for i, c := range raw {
		switch {
		case c == '"' && (i == 0 || raw[i-1] != '\\'):
			inText = !inText
		case c == '"' || c == '<' || c == '>' || c == '&' || c == 0xe2 || !inText && c <= ' ':
			return false
		}
	}
	return true
}

func (e *encoder) float(f float64) bool {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return false
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	e.out = strconv.AppendFloat(e.out, f, format, -1, 64)
	if n := len(e.out); format == 'e' && n >= 4 && e.out[n-4] == 'e' && e.out[n-2] == '0' && (e.out[n-3] == '-' || e.out[n-3] == '+') {
		e.out[n-2] = e.out[n-1] // e-09 is written e-9
		e.out = e.out[:n-1]
	}
	return true
}

const hexDigits = "0123456789abcdef"

func (e *encoder) text(s string) {
	e.out = append(e.out, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			e.out = append(e.out, s[start:i]...)
			e.escape(c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			e.out = append(e.out, s[start:i]...)
			e.out = append(e.out, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			start = i + size
		}
		i += size
	}
	e.out = append(e.out, s[start:]...)
	e.out = append(e.out, '"')
}

func (e *encoder) escape(c byte) {
	switch c {
	case '"', '\\':
		e.out = append(e.out, '\\', c)
	case '\b':
		e.out = append(e.out, '\\', 'b')
	case '\f':
		e.out = append(e.out, '\\', 'f')
	case '\n':
		e.out = append(e.out, '\\', 'n')
	case '\r':
		e.out = append(e.out, '\\', 'r')
	case '\t':
		e.out = append(e.out, '\\', 't')
	default:
		e.out = append(e.out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}
