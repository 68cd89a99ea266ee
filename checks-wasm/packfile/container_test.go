package packfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// repack writes a pack's entries again after an edit, as somebody would who
// does not build packs with Build.
func repack(t *testing.T, edit func([]entry) []entry) []byte {
	t.Helper()
	entries, err := decodeContainer(buildSample(t))
	if err != nil {
		t.Fatal(err)
	}
	return encodeContainer(edit(entries))
}

func TestContainerIsAPlainZip(t *testing.T) {
	raw := buildSample(t)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatalf("zip.NewReader: %v", err)
	}
	entries, err := decodeContainer(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != len(entries) {
		t.Fatalf("zip has %d entries, decodeContainer %d", len(z.File), len(entries))
	}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var data bytes.Buffer
		if _, err := data.ReadFrom(r); err != nil {
			t.Errorf("read %q: %v", f.Name, err)
		}
		if f.Name != entries[i].name || !bytes.Equal(data.Bytes(), entries[i].data) {
			t.Errorf("entry %d is %q in the zip and %q here, or their bytes differ", i, f.Name, entries[i].name)
		}
		if f.Mode() != 0o644 || f.Method != zip.Store || !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%q has mode %v, method %d, time %v", f.Name, f.Mode(), f.Method, f.Modified)
		}
	}
}

func TestOpenRefusesHostileContainers(t *testing.T) {
	raw := buildSample(t)
	patch := func(offset int, b ...byte) []byte {
		c := bytes.Clone(raw)
		copy(c[offset:], b)
		return c
	}
	add := func(name string, data string) []byte {
		return repack(t, func(list []entry) []entry { return append(list, entry{name, []byte(data)}) })
	}
	eocd := len(raw) - 22
	tests := []struct {
		name, want string
		raw        []byte
	}{
		{"empty", "no zip entry", nil},
		{"text", "no zip entry", []byte("hello, this is no pack")},
		{"end record only", "no zip entry", raw[eocd:]},
		{"cut in the first header", "cut off in a zip header", raw[:20]},
		{"cut in an entry", "cut off", raw[:len(raw)/2]},
		{"cut at the last byte", "directory", raw[:len(raw)-1]},
		{"byte before", "no zip entry", append([]byte{0}, raw...)},
		{"byte behind", "directory", append(bytes.Clone(raw), 0)},
		{"zip comment", "directory", append(patch(len(raw)-2, 3, 0), "abc"...)},
		{"deflated", "compressed", patch(8, 8, 0)},
		{"encrypted", "not the fixed one", patch(6, 1, 0)},
		{"data descriptor", "not the fixed one", patch(6, 8, 0)},
		{"other time", "not the fixed one", patch(10, 1, 0)},
		{"wrong checksum", "not the fixed one", patch(14, ^raw[14])},
		{"extra field", "not the fixed one", patch(28, 4, 0)},
		{"name of 64 KiB", "a name of 65535 bytes", patch(26, 0xff, 0xff)},
		{"size of 4 GiB", "allowed are", patch(22, 0xff, 0xff, 0xff, 0xff)},
		{"sizes differ", "not the fixed one", patch(18, ^raw[18])},
		{"entry count lies", "directory", patch(eocd+8, 1, 0, 1, 0)},
		{"directory offset lies", "directory", patch(eocd+16, 1, 0, 0, 0)},
		{"two packs in a row", "directory", append(bytes.Clone(raw), raw...)},
		{"traversal", "not allowed", add("z/../../x", "")},
		{"absolute", "not allowed", add("/etc/x", "")},
		{"drive", "not allowed", add("z:\\x", "")},
		{"backslash", "not allowed", add(`z\x`, "")},
		{"control character", "not allowed", add("z\x1b[0m", "")},
		{"upper case", "not allowed", add("zzZ", "")},
		{"folder", "not allowed", add("zz/", "")},
		{"dot file", "not allowed", add("z/.hidden", "")},
		{"long name", "a name of 201 bytes", add(strings.Repeat("z", 201), "")},
		{"not listed", `"zz" is not listed`, add("zz", "surprise")},
		{"out of order", "not in order", add("aa", "")},
		{"same name twice", "there twice", repack(t, func(l []entry) []entry { return append(l, l[len(l)-1]) })},
		{"two manifests", "there twice", repack(t, func(l []entry) []entry { return append(l, l[0]) })},
		{"manifest is not first", "the first entry", repack(t, func(l []entry) []entry { return l[1:] })},
		{"entry missing", "listed and missing", repack(t, func(l []entry) []entry { return append(l[:2:2], l[3:]...) })},
		{"entry changed", "is not what pack.json lists", repack(t, func(l []entry) []entry {
			l[1].data = append(bytes.Clone(l[1].data), 'x')
			return l
		})},
		{"1001 entries", "more than 1000 entries", repack(t, func(l []entry) []entry {
			for i := range MaxEntries {
				l = append(l, entry{name: fmt.Sprintf("z%04d", i)})
			}
			return l
		})},
		{"64 MiB and more", "more than 67108864", make([]byte, MaxPackBytes+1)},
	}
	for _, tt := range tests {
		_, err := Open(tt.raw)
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Open = %v, want ErrMalformed with %q", tt.name, err, tt.want)
		}
	}
}

func TestOpenRefusesManifests(t *testing.T) {
	tests := []struct{ old, new, want string }{
		{`"format": 1`, `"format": 2`, "pack has format 2, this program reads format 1"},
		{`"format": 1`, `"format": "x"`, "pack.json"},
		{"{", "[", "pack.json"},
		{`"path": "modules/main.wasm"`, `"path": "modules/extra.wasm"`, "is not what pack.json lists"},
		{`"describe": "modules/main.describe.json"`, `"describe": "pack.json"`, "description \"pack.json\" is missing"},
		{`"describe": "modules/main.describe.json"`, `"describe": "modules/main.wasm"`, "is missing"},
		{`"describe": "modules/main.describe.json"`, `"describe": "patterns/one.json"`, "ABI version"},
		{`"path": "patterns/one.json"`, `"path": "docs/first.md"`, "twice"},
		{`"major": 1`, `"major": 9`, "pack needs ABI 9.0"},
		{`"min_minor": 0`, `"min_minor": -1`, "does not exist"},
	}
	for _, tt := range tests {
		raw := repack(t, func(l []entry) []entry {
			text := string(l[0].data)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("pack.json has no %q", tt.old)
			}
			l[0].data = []byte(strings.Replace(text, tt.old, tt.new, 1))
			return l
		})
		if _, err := Open(raw); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: Open = %v, want an error with %q", tt.new, tt.old, err, tt.want)
		}
	}
}

func TestOpenRefusesACheckInTwoModules(t *testing.T) {
	raw := repack(t, func(l []entry) []entry {
		for i, e := range l {
			if e.name == "modules/extra.describe.json" {
				changed := bytes.ReplaceAll(e.data, []byte(`"id": "third"`), []byte(`"id": "first"`))
				l[0].data = bytes.Replace(l[0].data, []byte(digest(e.data)), []byte(digest(changed)), 1)
				l[i].data = changed
			}
		}
		return l
	})
	want := `check "first" is in "modules/main.wasm" and in "modules/extra.wasm"`
	if _, err := Open(raw); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), want) {
		t.Errorf("Open = %v, want %s", err, want)
	}
}

func TestOpenIgnoresUnknownMembers(t *testing.T) {
	raw := repack(t, func(l []entry) []entry {
		l[0].data = bytes.Replace(l[0].data, []byte("{"), []byte(`{"later": {"a": [1]},`), 1)
		return l
	})
	if _, err := Open(raw); err != nil {
		t.Errorf("Open with an unknown member = %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	raw := buildSample(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(binary.LittleEndian.AppendUint32(nil, localSig))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := decodeContainer(raw)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("decodeContainer = %v, want ErrMalformed", err)
			}
			return
		}
		if !bytes.Equal(encodeContainer(entries), raw) {
			t.Fatal("an accepted container is not its own canonical form")
		}
		p, err := Open(raw)
		if err != nil {
			return
		}
		for _, m := range p.Manifest.Modules {
			if _, err := p.Module(m.Path); err != nil {
				t.Errorf("Module(%q) = %v", m.Path, err)
			}
		}
	})
}

// FuzzManifest puts the fuzzer's bytes where pack.json is, in a valid container.
func FuzzManifest(f *testing.F) {
	entries, err := decodeContainer(buildSample(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entries[0].data)
	f.Add([]byte("0"))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		list := append([]entry{{ManifestPath, manifest}}, entries[1:]...)
		raw := encodeContainer(list)
		p, err := Open(raw)
		if (p == nil) == (err == nil) {
			t.Fatalf("Open gives a pack: %v, and an error: %v", p != nil, err)
		}
		if err != nil {
			return
		}
		sameAsOpen(t, raw)
		// What is accepted is accepted again when it is written anew.
		again, err := json.Marshal(p.Manifest)
		if err != nil {
			t.Fatalf("an accepted manifest cannot be written: %v", err)
		}
		if back, err := decodeManifest(again); err != nil || !reflect.DeepEqual(back, p.Manifest) {
			t.Errorf("manifest %+v, written and read %+v, %v", p.Manifest, back, err)
		}
	})
}
