package bundlezip

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"

	kflate "github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// TestSalvageCut cuts a bundle at every offset. What is salvaged are the first
// entries, whole; how many follows from where the entries end.
func TestSalvageCut(t *testing.T) {
	contents := testContents()
	contents[1].data = contents[1].data[:4000]
	raw := testZip(t, contents)
	ends := entryEnds(t, raw)
	data := map[string]string{}
	for _, c := range contents {
		data[c.path] = c.data
	}
	for cut := range raw {
		want := 0
		for want < len(ends) && ends[want] <= cut {
			want++
		}
		r, err := Salvage(bytes.NewReader(raw[:cut]), int64(cut))
		if want == 0 {
			if !errors.Is(err, ErrCut) && !errors.Is(err, ErrNotZip) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(r.files) != want {
			t.Fatalf("cut at %d: %d entries, want %d", cut, len(r.files), want)
		}
		if len(r.Rejected()) != 1 || r.Rejected()[0].Kind != bundles.ProblemCut {
			t.Fatalf("cut at %d: rejected %v", cut, r.Rejected())
		}
		for name := range r.files {
			got, err := fs.ReadFile(r, name)
			if orig, ok := data[name]; err != nil || ok && string(got) != orig {
				t.Fatalf("cut at %d: %s: %v, %d bytes", cut, name, err, len(got))
			}
		}
	}
}

// entryEnds are the offsets behind each entry's data descriptor.
func entryEnds(t *testing.T, raw []byte) []int {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var ends []int
	for _, f := range zr.File {
		off, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, int(off)+int(f.CompressedSize64)+16)
	}
	return ends
}

func TestSalvagedBundle(t *testing.T) {
	raw := testZip(t, testContents())
	whole := bytes.LastIndex(raw, []byte("PK\x03\x04")) // before manifest.json
	r, err := Salvage(bytes.NewReader(raw[:whole+10]), int64(whole+10))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil || !b.Cut {
		t.Fatalf("Open: %v, cut %v", err, b.Cut)
	}
	in, err := b.Verify(context.Background())
	if err != nil || in.OK || len(in.Problems) != 1 || in.Problems[0].Kind != bundles.ProblemCut {
		t.Errorf("Verify = %+v, %v", in, err)
	}
}

// TestSalvageFlip changes single bytes: an entry either keeps its content or is
// not there, and what comes behind a bad one is not believed.
func TestSalvageFlip(t *testing.T) {
	contents := testContents()
	contents[1].data = contents[1].data[:4000]
	raw := testZip(t, contents)
	data := map[string]string{}
	for _, c := range contents {
		data[c.path] = c.data
	}
	for i := range raw {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 0x10
		r, err := Salvage(bytes.NewReader(flipped), int64(len(flipped)))
		if err != nil {
			continue
		}
		for name := range r.files {
			got, err := fs.ReadFile(r, name)
			if orig, ok := data[name]; err != nil || ok && string(got) != orig {
				t.Fatalf("byte %d: %s has other content: %v", i, name, err)
			}
		}
	}
}

// rawEntry is a local entry in one of the forms that writers use.
type rawEntry struct {
	name                string
	data                string
	deflate             func([]byte) []byte // nil: stored
	descriptor          bool
	signature, wide     bool // of the descriptor
	zip64, lieCRC, crpt bool
}

func (e rawEntry) bytes() []byte {
	packed := []byte(e.data)
	if e.deflate != nil {
		packed = e.deflate(packed)
	}
	crc := crc32.ChecksumIEEE([]byte(e.data))
	if e.lieCRC {
		crc++
	}
	var extra zipform.LE
	if e.zip64 {
		extra.U16(0x5455) // an extra field to skip
		extra.U16(1)
		extra = append(extra, 0)
		extra.U16(zipform.ExtraZip64)
		extra.U16(16)
		extra.U64(uint64(len(e.data)))
		extra.U64(uint64(len(packed)))
	}
	var b zipform.LE
	b.U32(zipform.SigLocal)
	b.U16(zipform.Version20)
	b.U16(e.flags())
	b.U16(map[bool]uint16{true: zipform.MethodDeflate}[e.deflate != nil])
	b.U32(0)
	switch {
	case e.descriptor:
		b.U32(0)
		b.U64(0)
	case e.zip64:
		b.U32(crc)
		b.U64(1<<64 - 1)
	default:
		b.U32(crc)
		b.U32(uint32(len(packed)))
		b.U32(uint32(len(e.data)))
	}
	b.U16(uint16(len(e.name)))
	b.U16(uint16(len(extra)))
	b = append(append(append(b, e.name...), extra...), packed...)
	if e.descriptor {
		b = e.appendDescriptor(b, crc, len(packed))
	}
	return b
}

func (e rawEntry) flags() (f uint16) {
	if e.descriptor {
		f |= zipform.FlagDescriptor
	}
	if e.crpt {
		f |= zipform.FlagEncrypted
	}
	return f
}

func (e rawEntry) appendDescriptor(b zipform.LE, crc uint32, packed int) zipform.LE {
	if e.signature {
		b.U32(zipform.SigDescriptor)
	}
	b.U32(crc)
	if e.wide {
		b.U64(uint64(packed))
		b.U64(uint64(len(e.data)))
	} else {
		b.U32(uint32(packed))
		b.U32(uint32(len(e.data)))
	}
	return b
}

func stdDeflate(p []byte) []byte {
	var buf bytes.Buffer
	w, _ := flate.NewWriter(&buf, 9)
	w.Write(p)
	w.Close()
	return buf.Bytes()
}

func fastDeflate(p []byte) []byte {
	var buf bytes.Buffer
	w, _ := kflate.NewWriter(&buf, 1)
	w.Write(p)
	w.Flush()
	w.Close()
	return buf.Bytes()
}

func TestSalvageForms(t *testing.T) {
	noise := make([]byte, 200<<10)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{"", "x", strings.Repeat("log line\r\n", 30000), string(noise)} {
		for name, e := range map[string]rawEntry{
			"stored":                {},
			"deflated":              {deflate: stdDeflate},
			"zip64":                 {deflate: fastDeflate, zip64: true},
			"descriptor":            {deflate: stdDeflate, descriptor: true, signature: true},
			"bare descriptor":       {deflate: fastDeflate, descriptor: true},
			"zip64 descriptor":      {deflate: fastDeflate, descriptor: true, signature: true, wide: true},
			"bare zip64 descriptor": {deflate: stdDeflate, descriptor: true, wide: true},
		} {
			e.name, e.data = "logs/a/f", data
			last := rawEntry{name: "logs/a/last", data: "end", deflate: stdDeflate}
			raw := append(e.bytes(), last.bytes()...)
			r, err := Salvage(bytes.NewReader(raw), int64(len(raw)))
			if err != nil {
				t.Errorf("%s, %d bytes: %v", name, len(data), err)
				continue
			}
			got, err := fs.ReadFile(r, "logs/a/f")
			if err != nil || string(got) != data {
				t.Errorf("%s, %d bytes: %v", name, len(data), err)
			}
			if got, err := fs.ReadFile(r, "logs/a/last"); err != nil || string(got) != "end" {
				t.Errorf("%s, %d bytes: the entry behind it: %v, rejected %v", name, len(data), err, r.Rejected())
			}
		}
	}
}

func TestSalvageRefuses(t *testing.T) {
	first := rawEntry{name: "first", data: "ok", deflate: stdDeflate, descriptor: true, signature: true}
	last := rawEntry{name: "last", data: "hidden", deflate: stdDeflate}
	for name, e := range map[string]rawEntry{
		"wrong crc in header":      {deflate: stdDeflate, lieCRC: true},
		"wrong crc in descriptor":  {deflate: stdDeflate, lieCRC: true, descriptor: true, signature: true},
		"stored, with descriptor":  {descriptor: true, signature: true},
		"wrong crc, stored":        {lieCRC: true},
		"content that is no zlib":  {deflate: func([]byte) []byte { return []byte("\x07\x07\x07\x07") }},
		"more than its compressed": {deflate: func(p []byte) []byte { return append(stdDeflate(p), "tail"...) }},
	} {
		e.name, e.data = "bad", "some data"
		raw := append(append(first.bytes(), e.bytes()...), last.bytes()...)
		r, err := Salvage(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(r.files) != 1 || r.files["first"] == nil {
			t.Errorf("%s: salvaged %v", name, r.files)
		}
		if p := r.Rejected(); len(p) != 1 || p[0].Kind != bundles.ProblemCut || p[0].Path != "bad" {
			t.Errorf("%s: rejected %v", name, p)
		}
	}
}

func TestSalvageErrors(t *testing.T) {
	encrypted := rawEntry{name: "x", data: "x", deflate: stdDeflate, crpt: true}.bytes()
	unsafe := rawEntry{name: "../x", data: "x", deflate: stdDeflate}.bytes()
	for name, tc := range map[string]struct {
		raw  []byte
		want error
	}{
		"empty":     {nil, ErrNotZip},
		"text":      {[]byte("hello hello hello hello hello hello"), ErrNotZip},
		"header":    {binary.LittleEndian.AppendUint32(nil, zipform.SigLocal), ErrCut},
		"encrypted": {encrypted, ErrEncrypted},
		"unsafe":    {unsafe, ErrCut},
	} {
		if _, err := Salvage(bytes.NewReader(tc.raw), int64(len(tc.raw))); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// brokenReaderAt fails as a disk does.
type brokenReaderAt struct {
	io.ReaderAt
	from int64
}

var errDisk = errors.New("input/output error")

func (b brokenReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.from {
		return 0, errDisk
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestReadErrorSurfaces(t *testing.T) {
	raw := testZip(t, testContents())
	if _, err := NewReader(brokenReaderAt{bytes.NewReader(raw), 10}, int64(len(raw))); !errors.Is(err, errDisk) {
		t.Errorf("NewReader = %v", err)
	}
	if _, err := Salvage(brokenReaderAt{bytes.NewReader(raw), 10}, int64(len(raw))); !errors.Is(err, errDisk) {
		t.Errorf("Salvage = %v", err)
	}
}
