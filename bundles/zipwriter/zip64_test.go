package zipwriter

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// gapReaderAt is an archive that has a gap of zeros after its first bytes, as
// if a huge entry stood there.
type gapReaderAt struct {
	raw  []byte
	from int64 // where the gap begins
	gap  int64
}

func (g gapReaderAt) size() int64 { return int64(len(g.raw)) + g.gap }

func (g gapReaderAt) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		switch {
		case at >= g.size():
			return i, io.EOF
		case at < g.from:
			p[i] = g.raw[at]
		case at < g.from+g.gap:
			p[i] = 0
		default:
			p[i] = g.raw[at-g.gap]
		}
	}
	return len(p), nil
}

// TestFarOffsets writes entries that begin behind 4 GiB.
func TestFarOffsets(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	g := gapReaderAt{from: w.Written(), gap: 5 << 30}
	w.out.n += g.gap
	writeBundle(t, w, testContents())
	g.raw = buf.Bytes()
	if _, err := zip.NewReader(g, g.size()); err != nil {
		t.Errorf("archive/zip: %v", err)
	}
	r, err := bundlezip.NewReader(g, g.size())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range testContents() {
		if got, err := fs.ReadFile(r, c.path); err != nil || string(got) != c.data {
			t.Errorf("%s: %d bytes, %v", c.path, len(got), err)
		}
	}
}

// TestManyEntries writes more entries than 16 bits can count.
func TestManyEntries(t *testing.T) {
	const n = 1<<16 + 10
	var buf bytes.Buffer
	w, err := NewWriter(&buf, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		e, err := w.Create(bundles.File{Path: fmt.Sprintf("logs/many/%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, buf.Bytes())
	if got, err := r.ReadDir("logs/many"); err != nil || len(got) != n {
		t.Errorf("%d entries, %v, want %d", len(got), err, n)
	}
	if _, err := r.Stat(bundles.ManifestPath); err != nil {
		t.Error(err)
	}
}

// TestHugeEntryHeaders: sizes over 4 GiB stand in the zip64 record, and the
// descriptor is wide.
func TestHugeEntryHeaders(t *testing.T) {
	for _, r := range []record{
		{name: "logs/a/huge", crc: 7, packed: 3 << 30, size: 6 << 30, offset: 100},
		{name: "logs/a/huge", crc: 7, packed: 5 << 30, size: 6 << 30, offset: 7 << 30},
		{name: "logs/a/edge", crc: 7, packed: 9, size: zipform.Max32, offset: zipform.Max32},
		{name: "logs/a/small", crc: 7, packed: 9, size: 11, offset: 13},
	} {
		w := &Writer{}
		raw := w.centralHeader(r)
		raw = append(raw, endRecords(1, 0, uint64(len(raw)))...)
		zr, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Errorf("%+v: %v", r, err)
			continue
		}
		f := zr.File[0]
		if f.UncompressedSize64 != r.size || f.CompressedSize64 != r.packed || f.CRC32 != r.crc {
			t.Errorf("%+v is read as %d, %d, %d", r, f.UncompressedSize64, f.CompressedSize64, f.CRC32)
		}
		wide := r.size >= zipform.Max32 || r.packed >= zipform.Max32
		if got := len(r.descriptor()); got != map[bool]int{true: 24, false: 16}[wide] {
			t.Errorf("%+v: descriptor of %d bytes", r, got)
		}
	}
}
