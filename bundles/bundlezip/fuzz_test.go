package bundlezip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"testing"

	kflate "github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
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
		if clean, err := zipform.CleanName(name); err != nil || clean != name {
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

// FuzzRestarts reads any stream with any restart points: what comes is what
// comes without them. Points has eight bytes for each.
func FuzzRestarts(f *testing.F) {
	data := logLines(3000)
	stream, points := pieced(f, data, func() int { return 700 })
	var flat []byte
	for _, p := range points {
		flat = binary.LittleEndian.AppendUint32(flat, uint32(p[0]))
		flat = binary.LittleEndian.AppendUint32(flat, uint32(p[1]))
	}
	f.Add(stream, flat, len(data))
	f.Add(stream, flat[8:], len(data))
	f.Add(stream, flat, len(data)-1)
	f.Add(stream[:len(stream)-9], flat, len(data))
	f.Fuzz(func(t *testing.T, stream, flat []byte, size int) {
		size = max(0, min(size, 1<<16))
		var list [][2]int64
		for ; len(flat) >= 8; flat = flat[8:] {
			list = append(list, [2]int64{int64(int32(binary.LittleEndian.Uint32(flat))), int64(int32(binary.LittleEndian.Uint32(flat[4:])))})
		}
		content, _ := io.ReadAll(io.LimitReader(kflate.NewReader(bytes.NewReader(stream)), int64(size)))
		content = append(content, make([]byte, size-len(content))...)
		r := readerOf(t, zipOf(t, stream, content))
		want, wantErr := streamed(r, bigPath)
		row := bundles.File{Path: bigPath, StoredSize: int64(len(stream)), Restarts: list}
		if one, err := fs.ReadFile(r, bigPath); !bytes.Equal(one, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("as one piece %d bytes, %v; sequential %d, %v", len(one), err, len(want), wantErr)
		}
		got, lie, err := readFile(r, row)
		if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) || err != nil && lie != nil {
			t.Fatalf("%d bytes, %v, %v; sequential %d, %v", len(got), err, lie, len(want), wantErr)
		}
	})
}
