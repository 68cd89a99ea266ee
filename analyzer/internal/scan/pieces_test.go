package scan

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// zipped makes a zip of the world, whose logs are deflated in pieces of about so
// many bytes, with a restart point between them. Lie makes the points of a file
// wrong, or leaves them.
func (w *world) zipped(tb testing.TB, piece int, lie func([][2]int64)) *bundles.Bundle {
	tb.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	put := func(name string, v any) {
		e, err := z.Create(name)
		if err := errors.Join(err, json.NewEncoder(e).Encode(v)); err != nil {
			tb.Fatal(err)
		}
	}
	m := bundles.Manifest{Host: bundles.Host{UTCOffsets: w.offs}}
	m.Format, m.Version, m.ID = bundles.Format, bundles.Version, "b"
	put(bundles.HeaderPath, bundles.Header{Format: bundles.Format, Version: bundles.Version, ID: "b"})
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		data, row := w.files[name], w.rows[name]
		stream, restarts := deflatePieces(tb, data, piece)
		lie(restarts)
		row.Path, row.Size, row.StoredSize, row.Restarts = name, int64(len(data)), int64(len(stream)), restarts
		m.Files = append(m.Files, row)
		e, err := z.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(stream)), UncompressedSize64: uint64(len(data)),
		})
		if err != nil {
			tb.Fatal(err)
		}
		e.Write(stream)
	}
	put(bundles.ManifestPath, m)
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		tb.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil || b.Cut {
		tb.Fatal(err, b.CutReason)
	}
	return b
}

// deflatePieces compresses pieces that need nothing of those before them.
func deflatePieces(tb testing.TB, data []byte, piece int) (stream []byte, restarts [][2]int64) {
	tb.Helper()
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, 1)
	if err != nil {
		tb.Fatal(err)
	}
	for done := 0; done < len(data); {
		if done > 0 {
			err = w.Flush()
			w.Reset(&buf)
			restarts = append(restarts, [2]int64{int64(done), int64(buf.Len())})
		}
		n := min(piece, len(data)-done)
		if _, werr := io.Copy(w, bytes.NewReader(data[done:done+n])); err != nil || werr != nil {
			tb.Fatal(err, werr)
		}
		done += n
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes(), restarts
}

// truth leaves restart points as they are.
func truth([][2]int64) {}

// lies makes one of them wrong.
func (m maker) lies(restarts [][2]int64) {
	if len(restarts) == 0 {
		return
	}
	r := &restarts[m.IntN(len(restarts))]
	switch m.IntN(4) {
	case 0:
		r[0]++
	case 1:
		r[1]--
	case 2:
		r[0], r[1] = r[1], r[0]
	case 3:
		*r = [2]int64{1 << 40, -1}
	}
}
