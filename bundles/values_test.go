package bundles_test

import (
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestEqualValues(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`1.0`, `1`, true},
		{`1e2`, `100`, true},
		{`9007199254740993`, `9007199254740992`, false}, // one float64
		{`{"a":[1,{}],"b":null}`, `{"b":null,"a":[1,{}]}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`"1"`, `1`, false},
		{`null`, `false`, false},
	} {
		a, errA := bundles.DecodeValue([]byte(tt.a))
		b, errB := bundles.DecodeValue([]byte(tt.b))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := bundles.EqualValues(a, b); got != tt.want {
			t.Errorf("EqualValues(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
}

func TestHasMembers(t *testing.T) {
	const line = `{"t":"x","n":{"a":1.50,"b":2}}`
	for part, want := range map[string]bool{
		`{"t":"x"}`:              true,
		`{"n":{"b":2,"a":1.5}}`:  true,
		`{"n":{"a":1.5}}`:        false, // all of a member, or nothing
		`{"t":"x","other":null}`: false,
		`{}`:                     false, // claims nothing
		`["t"]`:                  false,
		`{"t":"x"} {}`:           false,
	} {
		if got := bundles.HasMembers([]byte(line), []byte(part)); got != want {
			t.Errorf("HasMembers(%s) = %v", part, got)
		}
	}
}

func isObject(v any) bool { m, ok := v.(map[string]any); return ok && len(m) > 0 }

func FuzzPointer(f *testing.F) {
	f.Add(`{"items":[{"list":[1,"a",null]}]}`, "/items/0/list/2", "null")
	f.Add(`{"":{"/":[1e400]}}`, "//~1/0", "1e400")
	f.Add("[0]", "/-1", "0")
	f.Fuzz(func(t *testing.T, doc, p, value string) {
		d, err := bundles.DecodeValue([]byte(doc))
		if err != nil {
			return
		}
		got, ok := bundles.ValueAt(d, p)
		if p == "" && !ok {
			t.Error("the empty pointer does not give the document")
		}
		if ok && !bundles.EqualValues(got, got) {
			t.Errorf("%v is not equal to itself", got)
		}
		want, err := bundles.DecodeValue([]byte(value))
		if ok && err == nil && bundles.EqualValues(got, want) != bundles.EqualValues(want, got) {
			t.Errorf("EqualValues(%v, %v) depends on the order", got, want)
		}
		if bundles.HasMembers([]byte(doc), []byte(doc)) != isObject(d) {
			t.Errorf("%q has its own members: %v", doc, !isObject(d))
		}
	})
}
