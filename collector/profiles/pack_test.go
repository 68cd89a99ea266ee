package profiles

import (
	"bytes"
	"compress/gzip"
	"slices"
	"testing"
)

// TestUnpack packs the profiles as make does and reads them back.
func TestUnpack(t *testing.T) {
	want, err := documents()
	if err != nil || len(want) < 4 {
		t.Fatalf("%d profiles, %v", len(want), err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for _, d := range want {
		if _, err := z.Write(slices.Concat([]byte(d.name), []byte("\n"), d.text, []byte{0})); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := unpack(packed.Bytes())
	if err != nil || !slices.EqualFunc(got, want, func(a, b document) bool { return a.name == b.name && bytes.Equal(a.text, b.text) }) {
		t.Errorf("%d profiles, %v", len(got), err)
	}
	for _, damaged := range [][]byte{nil, []byte("x"), packed.Bytes()[:packed.Len()/2]} {
		if got, err := unpack(damaged); err == nil {
			t.Errorf("damaged ones give %d profiles", len(got))
		}
	}
}
