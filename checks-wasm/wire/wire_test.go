package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// span is a type that reads and writes a text by itself.
type span time.Duration

func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

type Inner struct {
	Name string   `json:"name"`
	List []string `json:"list,omitempty"`
}

// everything has a member of every kind.
type everything struct {
	Inner
	Text    string            `json:"text"`
	Flag    bool              `json:"flag,omitempty"`
	Int     int               `json:"int"`
	Small   int32             `json:"small,omitempty"`
	Count   uint64            `json:"count,omitempty"`
	Float   float64           `json:"float"`
	Time    time.Time         `json:"time"`
	Zero    time.Time         `json:"zero,omitzero"`
	When    *time.Time        `json:"when,omitempty"`
	Pointer *int64            `json:"pointer,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Span    span              `json:"span,omitempty"`
	Any     any               `json:"any,omitempty"`
	Map     map[string]string `json:"map,omitempty"`
	Counts  map[string]Inner  `json:"counts,omitempty"`
	Pairs   [][2]int64        `json:"pairs,omitempty"`
	Items   []Inner           `json:"items"`
	Deep    *everything       `json:"deep,omitempty"`
	Hidden  string            `json:"-"`
}

var documents = []string{
	`{}`, `null`, ` { } `, `[]`, `""`, `{`, ``, `{} x`, `{"text":"a"}`, `{"text":null,"items":null,"when":null,"raw":null,"any":null}`,
	`{"text":"C:\\x\/y\n\t\"\u00e4\u2028","list":["a","b"],"name":"n"}`,
	`{"text":"\ud83d\ude00"}`, `{"text":"\ud83d"}`, `{"text":"` + "\xff" + `"}`, `{"text":"` + "a\x01" + `"}`, `{"text":"größe"}`, `{"text":"\q"}`,
	`{"Text":"other case"}`, `{"ſpan":"1m"}`, `{"text":"a","text":"b"}`, `{"items":[{"name":"a"}],"items":[{"list":["b"]}]}`,
	`{"int":1,"small":-2,"count":18446744073709551615,"float":1.5e-7}`,
	`{"int":1.0}`, `{"int":1e2}`, `{"int":01}`, `{"int":-0}`, `{"int":-}`, `{"int":"1"}`, `{"small":2147483648}`, `{"count":-1}`, `{"int":9223372036854775808}`,
	`{"float":1}`, `{"float":-0.0}`, `{"float":1e400}`, `{"float":.5}`, `{"float":1.}`, `{"float":0x1p2}`, `{"float":1_0}`, `{"float":Inf}`,
	`{"time":"2026-03-05T09:15:00Z","when":"2026-03-05T09:15:00.123456789+01:00"}`, `{"time":"yesterday"}`, `{"time":1}`, `{"time":null}`, `{"time":"2026-03-05T09:15:00\u005a"}`,
	`{"pointer":5}`, `{"pointer":null}`, `{"raw": {"a" : [1, 2 ]} }`, `{"raw":"<>"}`, `{"raw":[}`, `{"span":"15m"}`, `{"span":"x"}`, `{"span":null}`,
	`{"any":{"a":[1,"b",true,false,null,{}],"b":1e3}}`, `{"map":{"B":"x","b":"y","":"z","B":"w"}}`, `{"map":{"a":1}}`, `{"counts":{"a":{"name":"x"},"b":null}}`,
	`{"pairs":[[1,2],[3],[4,5,6],[],null]}`, `{"items":[{"name":"a"},null,{"list":[]}]}`, `{"deep":{"deep":{"int":3}}}`,
	`{"unknown":{"a":[{"b":"c"}],"d":1.5}}`, `{"unknown":{"a":}}`, `{"text":"a",}`, `{"items":[{},]}`, `{"items":[,]}`, `{"flag":true}`, `{"flag":tru}`, `{"flag":1}`,
	`{"hidden":"a","Hidden":"b"}`, strings.Repeat(`{"deep":`, 200) + `{}` + strings.Repeat(`}`, 200),
}

// same compares both ways of reading a document.
func same(t *testing.T, doc []byte) {
	t.Helper()
	var quick, plain everything
	var c Codec
	taken := c.read(doc, &quick, false)
	err := json.Unmarshal(doc, &plain)
	switch {
	case taken && err != nil:
		t.Fatalf("%q is read, but %v", doc, err)
	case taken && !reflect.DeepEqual(quick, plain):
		t.Fatalf("%q is read as\n%+v\nwant\n%+v", doc, quick, plain)
	case !taken && !reflect.ValueOf(quick).IsZero():
		t.Fatalf("%q was not read and leaves %+v", doc, quick)
	}
	if !taken {
		return
	}
	want, err := json.Marshal(plain)
	got, gotErr := c.Append([]byte("x"), quick)
	if (err == nil) != (gotErr == nil) || err == nil && string(got) != "x"+string(want) {
		t.Fatalf("%q is written as\n%s, %v\nwant\n%s, %v", doc, got, gotErr, want, err)
	}
}

func TestSameAsTheLibrary(t *testing.T) {
	for _, doc := range documents {
		same(t, []byte(doc))
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { same(t, doc) })
}

// TestUsual holds that ordinary documents are not left to encoding/json.
func TestUsual(t *testing.T) {
	now := time.Date(2026, 3, 5, 9, 15, 0, 5, time.UTC)
	five := int64(5)
	v := everything{
		Inner: Inner{"n", []string{"a", "<b>&\u2028\x01\n"}}, Text: "C:\\größe", Flag: true, Int: -5, Small: 7, Count: math.MaxUint64, Float: 1e-9, Time: now, When: &now,
		Pointer: &five, Raw: json.RawMessage(`{"a":"C:\\x"}`), Span: span(time.Minute), Any: map[string]any{"b": 1.5, "a": []any{"x", nil, true}},
		Map: map[string]string{"z": "1", "a": "2"}, Counts: map[string]Inner{"c": {Name: "d"}}, Pairs: [][2]int64{{1, 2}}, Items: []Inner{{Name: "i"}}, Deep: &everything{Text: "deep"},
	}
	want, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var c Codec
	e := encoder{codec: &c}
	if !e.value(reflect.ValueOf(v), c.typeOf(reflect.TypeOf(v))) || !bytes.Equal(e.out, want) {
		t.Errorf("written as\n%s\nwant\n%s", e.out, want)
	}
	var back everything
	if !c.read(want, &back, false) || !reflect.DeepEqual(back, v) {
		t.Errorf("read as\n%+v\nwant\n%+v", back, v)
	}
}

// TestSkip leaves out a type, wherever it stands, but reads what is behind it.
func TestSkip(t *testing.T) {
	var c Codec
	c.Skip(reflect.TypeFor[Inner]())
	var v everything
	if err := c.Unmarshal([]byte(`{"items":[{"name":"a"}],"text":"b"}`), &v); err != nil || v.Text != "b" || v.Items[0].Name != "" {
		t.Errorf("read as %+v, %v", v, err)
	}
	if c.UnmarshalStrict([]byte(`{"items":[{"name":}],"text":"b"}`), new(everything)) {
		t.Error("what is left out need not be well-formed")
	}
}

func TestStrict(t *testing.T) {
	var c Codec
	var v Inner
	if c.UnmarshalStrict([]byte(`{"name":"a","nane":"b"}`), &v) || v.Name != "" {
		t.Errorf("an unknown member is read: %+v", v)
	}
	if !c.UnmarshalStrict([]byte(`{"name":"a"}`), &v) || v.Name != "a" {
		t.Errorf("not read: %+v", v)
	}
}

// TestLeftToTheLibrary are the errors, and what is added to.
func TestLeftToTheLibrary(t *testing.T) {
	var c Codec
	for _, doc := range []string{`{"int":"x"}`, `{`, `{"time":"x"}`} {
		var quick, plain everything
		got, want := c.Unmarshal([]byte(doc), &quick), json.Unmarshal([]byte(doc), &plain)
		if got == nil || got.Error() != want.Error() || !reflect.DeepEqual(quick, plain) {
			t.Errorf("%s: %v, want %v", doc, got, want)
		}
	}
	v := Inner{Name: "a", List: []string{"x"}}
	if err := c.Unmarshal([]byte(`{"list":null}`), &v); err != nil || v.Name != "a" || v.List != nil {
		t.Errorf("added to: %+v, %v", v, err)
	}
	if _, err := c.Append(nil, math.NaN()); err == nil {
		t.Error("NaN is written")
	}
	if got, err := c.Append(nil, nil); err != nil || string(got) != "null" {
		t.Errorf("nil is written as %s, %v", got, err)
	}
}

// TestUnusualTypes are those that encoding/json writes in ways of its own.
func TestUnusualTypes(t *testing.T) {
	type quoted struct {
		N int `json:"n,string"`
	}
	type twice struct {
		Inner
		Name string `json:"name"`
	}
	type bytesOf struct {
		B []byte `json:"b"`
	}
	type untagged struct{ Name string }
	var c Codec
	for _, v := range []any{quoted{1}, twice{Name: "x"}, bytesOf{[]byte("ab")}, untagged{"x"}, map[int]string{1: "a"}, float32(0.1), []*int{nil}, big{1}, &big{1}} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Append(nil, v); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%T is written as %s, %v, want %s", v, got, err, want)
		}
	}
}

// big has its own way.
type big struct{ n int }

func (b big) MarshalJSON() ([]byte, error) { return []byte(`"big"`), nil }

func FuzzText(f *testing.F) {
	f.Add("a<b>\u2028\xff\x7f", 1.5)
	f.Fuzz(func(t *testing.T, s string, n float64) {
		v := map[string]any{s: s, "n": n}
		want, err := json.Marshal(v)
		var c Codec
		got, gotErr := c.Append(nil, v)
		if (err == nil) != (gotErr == nil) || !bytes.Equal(got, want) {
			t.Errorf("written as %s, %v, want %s, %v", got, gotErr, want, err)
		}
	})
}

// FuzzMembers compares with a map of raw values.
func FuzzMembers(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got := map[string]json.RawMessage{}
		if !Members(doc, func(name, value []byte) { got[string(name)] = value }) {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(doc, &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q has the members %q, want %q, %v", doc, got, want, err)
		}
	})
}
