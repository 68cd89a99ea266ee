package bundlezip

import (
	"bytes"
	"hash/crc32"
	"io"
	"io/fs"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

func fuzzSeeds(f *testing.F) {
	raw := testZip(f, []content{{"facts/host.json", `{"name":"x"}`}, {"logs/a/C/x.log", "line\r\nline\r\n"}})
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(foreignZip(f, "top/", "top/bundle.json", "../x", "a", "a/b", "a"))
	for _, e := range []rawEntry{
		{name: "s", data: "stored"},
		{name: "z", data: "zip64", deflate: stdDeflate, zip64: true},
		{name: "d", data: "bare", deflate: stdDeflate, descriptor: true},
		{name: "w", data: "wide", deflate: stdDeflate, descriptor: true, wide: true, signature: true},
	} {
		f.Add(e.bytes())
	}
}

// readAll reads every file and looks at what a reader promises.
func readAll(t *testing.T, r *Reader, trusted bool) {
	t.Helper()
	err := fs.WalkDir(r, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := fs.Stat(r, name); err != nil || info.IsDir() != d.IsDir() || info.Name() != d.Name() {
			t.Errorf("Stat(%q) = %v, %v", name, info, err)
		}
		if d.IsDir() {
			return nil
		}
		if clean, err := CleanName(name); err != nil || clean != name {
			t.Errorf("file %q: %v", name, err)
		}
		file, err := r.Open(name)
		if err != nil {
			return nil // an unknown method, or a header that cannot be
		}
		defer file.Close()
		sum := crc32.NewIEEE()
		n, err := io.Copy(sum, io.LimitReader(file, 1<<20))
		e := r.files[name]
		if err == nil && n < 1<<20 && (n != e.size || sum.Sum32() != e.crc) {
			t.Errorf("file %q is read without an error and is not what the archive says", name)
		}
		if trusted && err != nil {
			t.Errorf("salvaged file %q: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("walk: %v", err)
	}
}

func FuzzNewReader(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		readAll(t, r, false)
		if b, err := bundles.Open(r); err == nil {
			if _, err := b.Verify(t.Context()); err != nil {
				t.Errorf("Verify: %v", err)
			}
		}
	})
}

func FuzzSalvage(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Salvage(bytes.NewReader(raw), int64(len(raw)))
		if err == nil {
			readAll(t, r, true)
		}
	})
}
