package packfile

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sameAsOpen holds OpenEmbedded against Open: what the one accepts the other
// opens to the same pack.
func sameAsOpen(t *testing.T, raw []byte) {
	t.Helper()
	lazy, lazyErr := OpenEmbedded(bytes.NewReader(raw), int64(len(raw)), "")
	if (lazy == nil) == (lazyErr == nil) {
		t.Fatalf("OpenEmbedded gives a pack: %v, and an error: %v", lazy != nil, lazyErr)
	}
	p, err := Open(raw)
	if err != nil {
		return
	}
	if lazyErr != nil {
		t.Fatalf("OpenEmbedded = %v of what Open accepts", lazyErr)
	}
	if lazy.SHA256 != p.SHA256 || !reflect.DeepEqual(lazy.Manifest, p.Manifest) || !reflect.DeepEqual(lazy.Checks(), p.Checks()) {
		t.Errorf("OpenEmbedded gives another pack: %+v, want %+v", lazy.Manifest, p.Manifest)
	}
	for _, m := range p.Manifest.Modules {
		want, _ := p.Module(m.Path)
		if got, err := lazy.Module(m.Path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Module(%q) = %d bytes, %v, want %d", m.Path, len(got), err, len(want))
		}
	}
}

func TestOpenEmbedded(t *testing.T) {
	raw := buildSample(t)
	sameAsOpen(t, raw)
	changed := bytes.Clone(raw)
	changed[bytes.Index(raw, sampleWasm(3000))+20] ^= 1
	p, err := OpenEmbedded(bytes.NewReader(changed), int64(len(changed)), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Module("modules/main.wasm"); !errors.Is(err, ErrMalformed) {
		t.Errorf("a changed module: %v, want %v", err, ErrMalformed)
	}
	directory := bytes.Index(raw, []byte("PK\x01\x02"))
	for _, end := range []int{0, 10, 40, 200, directory / 2, directory - 1, directory} {
		if _, err := OpenEmbedded(bytes.NewReader(raw[:end]), int64(end), ""); !errors.Is(err, ErrMalformed) {
			t.Errorf("of %d bytes: %v, want %v", end, err, ErrMalformed)
		}
	}
	if _, err := OpenEmbedded(bytes.NewReader(raw), MaxPackBytes+1, ""); !errors.Is(err, ErrMalformed) {
		t.Errorf("a pack that is too large: %v, want %v", err, ErrMalformed)
	}
	noModule := bytes.Clone(raw)
	noModule[bytes.Index(raw, sampleWasm(3000))] = 'x'
	if _, err := OpenEmbedded(bytes.NewReader(noModule), int64(len(raw)), ""); !errors.Is(err, ErrMalformed) {
		t.Errorf("a module that is none: %v, want %v", err, ErrMalformed)
	}
}

func FuzzOpenEmbedded(f *testing.F) {
	raw := buildSample(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(slices.Concat(raw, raw))
	f.Fuzz(sameAsOpen)
}

// TestSumOfEmbedded: a sum that is given is taken, what is none is not.
func TestSumOfEmbedded(t *testing.T) {
	raw := buildSample(t)
	given, real := strings.Repeat("5a", 32), digest(raw)
	for sum, want := range map[string]string{given: given, given + "\n": given, "": real, given[1:]: real, strings.ToUpper(given): real, given + "x": real} {
		if p, err := OpenEmbedded(bytes.NewReader(raw), int64(len(raw)), sum); err != nil || p.SHA256 != want {
			t.Errorf("with %q: %v, %v, want %s", sum, p, err, want)
		}
	}
}
