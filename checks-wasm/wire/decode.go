package wire

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
)

// Unmarshal is json.Unmarshal.
func (c *Codec) Unmarshal(data []byte, v any) error {
	if c.read(data, v, false) {
		return nil
	}
	return json.Unmarshal(data, v)
}

// UnmarshalStrict reads a document of known members only, and reports whether it
// could. When it could not, v is as it was, and encoding/json can tell why.
func (c *Codec) UnmarshalStrict(data []byte, v any) bool { return c.read(data, v, true) }

// read reads into what v points to, if that is empty: what is there already
// encoding/json would add to.
func (c *Codec) read(data []byte, v any, strict bool) bool {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() || !p.Elem().IsZero() {
		return false
	}
	d := decoder{lexer: lexer{data: data}, codec: c, strict: strict}
	if d.value(p.Elem(), c.typeOf(p.Elem().Type())) && d.peek() == 0 && d.pos == len(data) {
		return true
	}
	p.Elem().SetZero()
	return false
}

// Members hands on the members of an object, in their order: names without
// escapes, valid until the next one, and values as they stand there. It reports
// whether the document is an object, and one that this package reads; when it is
// not, some members may have been handed on.
func Members(data []byte, each func(name, value []byte)) bool {
	l := lexer{data: data}
	return l.peek() == '{' && l.nested('}', func() bool {
		name, ok := l.name()
		if !ok {
			return false
		}
		l.space()
		value := lexer{data: data, pos: l.pos, depth: l.depth}
		if !value.skip() {
			return false
		}
		each(name, data[l.pos:value.pos])
		l.pos = value.pos
		return true
	}) && l.peek() == 0 && l.pos == len(data)
}

// decoder reads one document.
type decoder struct {
	lexer
	codec  *Codec
	strict bool
}

// value reads into v, which is empty.
func (d *decoder) value(v reflect.Value, t *typeInfo) bool {
	c, k := d.peek(), t.kind
	if k == skipKind {
		return d.skip()
	}
	if c == 'n' && k != rawKind {
		return k != unusual && k != marshalKind && d.word("null")
	}
	switch k {
	case textKind:
		text, ok := d.text()
		if ok {
			v.SetString(string(text))
		}
		return ok
	case boolKind:
		v.SetBool(c == 't')
		return c == 't' && d.word("true") || c == 'f' && d.word("false")
	case intKind, uintKind, floatKind:
		return d.numeric(v, k)
	case structKind:
		return c == '{' && d.object(v, t)
	case sliceKind, arrayKind:
		return c == '[' && d.list(v, t)
	case mapKind:
		return c == '{' && d.mapping(v, t)
	case pointerKind:
		target := reflect.New(v.Type().Elem())
		v.Set(target)
		return d.value(target.Elem(), t.elem)
	case anyKind:
		x, ok := d.any()
		if ok && x != nil {
			v.Set(reflect.ValueOf(x))
		}
		return ok
	case timeKind, rawKind, marshalKind:
		return d.special(v, k)
	}
	return false
}

// numeric reads a number. One that does not fit is an error.
func (d *decoder) numeric(v reflect.Value, k kind) bool {
	text, whole, ok := d.number()
	if !ok || !whole && k != floatKind {
		return false
	}
	switch k {
	case intKind:
		n, err := strconv.ParseInt(string(text), 10, 64)
		v.SetInt(n)
		return err == nil && !v.OverflowInt(n)
	case uintKind:
		n, err := strconv.ParseUint(string(text), 10, 64)
		v.SetUint(n)
		return err == nil && !v.OverflowUint(n)
	}
	f, err := strconv.ParseFloat(string(text), 64)
	v.SetFloat(f)
	return err == nil
}

// object reads a struct. Members mostly come in the order of its fields.
func (d *decoder) object(v reflect.Value, info *typeInfo) bool {
	var seen uint64
	next := 0
	return d.nested('}', func() bool {
		name, ok := d.name()
		if !ok {
			return false
		}
		i := info.find(name, next)
		if i < 0 {
			return !d.strict && plainName(name) && d.skip()
		}
		if seen&(1<<i) != 0 {
			return false
		}
		seen |= 1 << i
		next = i + 1
		f := &info.fields[i]
		return d.value(f.get(v), f.info)
	})
}

// find looks for a field, at one first; -1: there is none.
func (info *typeInfo) find(name []byte, at int) int {
	for k := range info.fields {
		i := at + k
		if i >= len(info.fields) {
			i -= len(info.fields)
		}
		if info.fields[i].name == string(name) {
			return i
		}
	}
	return -1
}

func (d *decoder) list(v reflect.Value, t *typeInfo) bool {
	if t.kind == sliceKind {
		v.Set(reflect.MakeSlice(v.Type(), 0, 4))
	}
	n := 0
	return d.nested(']', func() bool {
		switch {
		case t.kind == sliceKind:
			if n == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(n + 1)
			v.Index(n).SetZero()
		case n >= v.Len():
			return d.skip()
		}
		n++
		return d.value(v.Index(n-1), t.elem)
	})
}

func (d *decoder) mapping(v reflect.Value, t *typeInfo) bool {
	elem := v.Type().Elem()
	v.Set(reflect.MakeMap(v.Type()))
	return d.nested('}', func() bool {
		name, ok := d.name()
		if !ok {
			return false
		}
		key, value := reflect.ValueOf(string(name)), reflect.New(elem).Elem()
		if !d.value(value, t.elem) {
			return false
		}
		v.SetMapIndex(key, value)
		return true
	})
}

// special reads what types read by themselves.
func (d *decoder) special(v reflect.Value, k kind) bool {
	start := d.pos
	if k == rawKind {
		ok := d.skip()
		v.SetBytes(append([]byte{}, d.data[start:d.pos]...))
		return ok
	}
	text, ok := d.text()
	if !ok {
		return false
	}
	if k == marshalKind {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text) == nil
	}
	return v.Addr().Interface().(*time.Time).UnmarshalJSON(d.data[start:d.pos]) == nil
}

// any reads a value of a type that nobody names.
func (d *decoder) any() (any, bool) {
	switch d.peek() {
	case '{':
		m := map[string]any{}
		return m, d.nested('}', func() bool {
			name, ok := d.name()
			if !ok {
				return false
			}
			key := string(name)
			m[key], ok = d.any()
			return ok
		})
	case '[':
		list := []any{}
		ok := d.nested(']', func() bool {
			x, ok := d.any()
			list = append(list, x)
			return ok
		})
		return list, ok
	case '"':
		text, ok := d.text()
		return string(text), ok
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	}
	text, _, ok := d.number()
	if !ok {
		return nil, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return f, err == nil
}
