package bundlezip

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// bigBundle is a bundle with a log of more than one piece, and others around it.
func bigBundle(t testing.TB) (raw []byte, contents map[string][]byte) {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "1", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	contents = map[string][]byte{
		"facts/host.json": []byte(`{"name":"PS01"}`), "logs/a/one.log": logLines(200000),
		bigPath: logLines(zipform.PieceBytes + zipform.PieceBytes/8), "logs/a/two.log": logLines(5000), "collect.log": noiseOf(3000),
	}
	for _, name := range []string{"facts/host.json", "logs/a/one.log", bigPath, "logs/a/two.log", "collect.log"} {
		e, err := w.Create(bundles.File{Path: name})
		if err != nil {
			t.Fatal(err)
		}
		e.Write(contents[name])
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes(), contents
}

// openAny opens a zip, whole or cut off.
func openAny(raw []byte) (*Reader, error) {
	r, err := NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		r, err = Salvage(bytes.NewReader(raw), int64(len(raw)))
	}
	return r, err
}

// holds compares what a reader gives of a bundle with what was written. Every
// file has its content or an error, and what is missing is told.
func holds(t *testing.T, what string, raw []byte, contents map[string][]byte) {
	t.Helper()
	r, err := openAny(raw)
	if err != nil {
		return
	}
	b, err := bundles.Open(r)
	if err != nil {
		return
	}
	lost := false
	for name, want := range contents {
		row, _ := b.File(name)
		row.Path = name
		got, _, err := readFile(r, row)
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%s: %s has other bytes", what, name)
		}
		lost = lost || err != nil
	}
	in, err := b.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if told := !in.OK || len(r.Rejected()) > 0; lost && !told {
		t.Fatalf("%s: files are lost, and nothing says so", what)
	}
}

// TestSalvageBigLog cuts a bundle with restart points at 200 places: the files
// that end before the cut are there, and nothing else is.
func TestSalvageBigLog(t *testing.T) {
	raw, contents := bigBundle(t)
	wide := rawEntry{name: "logs/a/wide.log", data: "zip64", deflate: stdDeflate, zip64: true}.bytes()
	described := rawEntry{name: "logs/a/described.log", data: "zip64 descriptor", deflate: stdDeflate, descriptor: true, signature: true, wide: true}.bytes()
	contents["logs/a/wide.log"], contents["logs/a/described.log"] = []byte("zip64"), []byte("zip64 descriptor")
	ends := entryEnds(t, raw)
	first := ends[0]
	raw = append(append(bytes.Clone(raw[:first]), append(wide, described...)...), raw[first:]...)
	for i := range ends[1:] {
		ends[i+1] += len(wide) + len(described)
	}
	ends = append(ends, first+len(wide), first+len(wide)+len(described))
	rnd := rand.New(rand.NewPCG(15, 16))
	for range 200 {
		cut := first + rnd.IntN(len(raw)-first-40)
		r, err := Salvage(bytes.NewReader(raw[:cut]), int64(cut))
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, end := range ends {
			if end <= cut {
				want++
			}
		}
		if len(r.files) != want {
			t.Errorf("cut at %d: %d files, want %d", cut, len(r.files), want)
		}
		if p := r.Rejected(); len(p) != 1 || p[0].Kind != bundles.ProblemCut {
			t.Errorf("cut at %d: rejected %v", cut, p)
		}
		for name := range r.files {
			if got, err := fs.ReadFile(r, name); err != nil || contents[name] != nil && !bytes.Equal(got, contents[name]) {
				t.Errorf("cut at %d: %s: %v", cut, name, err)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	raw, contents := bigBundle(t)
	rnd := rand.New(rand.NewPCG(17, 18))
	for range 40 {
		bad := bytes.Clone(raw)
		from := rnd.IntN(len(bad))
		clear(bad[from : from+min(1<<rnd.IntN(18), len(bad)-from)])
		holds(t, fmt.Sprint("zeros at ", from), bad, contents)
	}
	dir := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	for dir > 0 && bytes.HasPrefix(raw[dir:], []byte("PK\x01\x02")) {
		dir = bytes.LastIndex(raw[:dir], []byte("PK\x01\x02"))
	}
	other, _ := bigBundle(t)
	for name, tc := range map[string]struct {
		bad  []byte
		kind string
	}{
		"garbage behind":      {append(bytes.Clone(raw), "garbage"...), bundles.ProblemExtra},
		"much garbage behind": {append(bytes.Clone(raw), make([]byte, 100<<10)...), bundles.ProblemCut},
		"stub in front":       {append([]byte("MZ this program cannot be run in DOS mode"), raw...), bundles.ProblemExtra},
		"two bundles":         {append(bytes.Clone(raw), other...), bundles.ProblemRejected},
		"a second one, other": {append(bytes.Clone(raw), foreignZip(t, "a", "b")...), bundles.ProblemRejected},
		"two, one cut":        {append(bytes.Clone(raw), other[:len(other)/2]...), bundles.ProblemCut},
		"two, one just begun": {append(bytes.Clone(raw), other[:300]...), bundles.ProblemRejected},
	} {
		holds(t, name, tc.bad, contents)
		r, err := openAny(tc.bad)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if p := r.Rejected(); len(p) != 1 || p[0].Kind != tc.kind {
			t.Errorf("%s: %v is said, want %s", name, p, tc.kind)
		}
	}
}

// TestDirectoryTwice: two copies of the directory are one directory and some
// bytes that belong to nothing.
func TestDirectoryTwice(t *testing.T) {
	raw, contents := bigBundle(t)
	end := raw[len(raw)-22:]
	size, at := binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	twice := append(bytes.Clone(raw[:len(raw)-22]), raw[at:at+size]...)
	holds(t, "the first of two", append(twice, end...), contents)
	end = bytes.Clone(end)
	binary.LittleEndian.PutUint32(end[16:], at+size)
	r := readerOf(t, append(twice, end...))
	for name, want := range contents {
		if got, err := fs.ReadFile(r, name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDirectoryDisagrees changes what stands before an entry, but not the
// directory: the entry is not read, which is told.
func TestDirectoryDisagrees(t *testing.T) {
	for what, change := range map[string]func(header []byte){
		"another name":       func(h []byte) { h[zipform.LenLocal] ^= 1 },
		"another size":       func(h []byte) { h[22]++ },
		"another CRC":        func(h []byte) { h[14]++ },
		"compression method": func(h []byte) { h[8] = 0 },
		"encrypted":          func(h []byte) { h[6] |= zipform.FlagEncrypted },
	} {
		stream := stdDeflate([]byte("content"))
		raw := zipOf(t, stream, []byte("content"))
		change(raw)
		r := readerOf(t, raw)
		if p := r.Rejected(); len(r.files) != 0 || len(p) != 1 || !strings.Contains(p[0].Detail, what) {
			t.Errorf("%s: %d files, %v", what, len(r.files), p)
		}
	}
}

// TestOverlap: entries that share bytes, as archives do that inflate to far more
// than they have. The one that begins first is read.
func TestOverlap(t *testing.T) {
	inner := rawEntry{name: "logs/a/inner", data: "inner", deflate: stdDeflate}.bytes()
	outer := rawEntry{name: "logs/a/outer", data: string(inner)}.bytes()
	at := len(outer) - len(inner)
	var dir zipform.LE
	dir = append(dir, outer...)
	begin := len(dir)
	central(&dir, zip.FileHeader{Name: "logs/a/outer", CRC32: crc32.ChecksumIEEE(inner), CompressedSize64: uint64(len(inner)), UncompressedSize64: uint64(len(inner))}, 0)
	packed := stdDeflate([]byte("inner"))
	central(&dir, zip.FileHeader{Name: "logs/a/inner", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte("inner")), CompressedSize64: uint64(len(packed)), UncompressedSize64: 5}, at)
	central(&dir, zip.FileHeader{Name: "logs/a/outer", CRC32: crc32.ChecksumIEEE(inner), CompressedSize64: uint64(len(inner)), UncompressedSize64: uint64(len(inner))}, 0)
	size := len(dir) - begin
	dir.U32(zipform.SigEnd)
	dir.U32(0) // disks
	dir.U16(3)
	dir.U16(3)
	dir.U32(uint32(size))
	dir.U32(uint32(begin))
	dir.U16(0) // comment
	r := readerOf(t, dir)
	if got, err := fs.ReadFile(r, "logs/a/outer"); err != nil || !bytes.Equal(got, inner) {
		t.Errorf("outer: %v", err)
	}
	if len(r.files) != 1 || len(r.Rejected()) != 2 {
		t.Errorf("%d files, rejected %v", len(r.files), r.Rejected())
	}
}

// central appends a row of a directory.
func central(b *zipform.LE, h zip.FileHeader, at int) {
	b.U32(zipform.SigCentral)
	b.U16(zipform.Version20)
	b.U16(zipform.Version20)
	b.U16(0)
	b.U16(h.Method)
	b.U32(0)
	b.U32(h.CRC32)
	b.U32(uint32(h.CompressedSize64))
	b.U32(uint32(h.UncompressedSize64))
	b.U16(uint16(len(h.Name)))
	b.U64(0)
	b.U32(0)
	b.U32(uint32(at))
	*b = append(*b, h.Name...)
}
