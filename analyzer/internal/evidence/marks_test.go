package evidence

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// countingReaderAt counts the bytes that are read.
type countingReaderAt struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *countingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}

// hugeBundle is a bundle as the collector writes it, with logs of several pieces.
func hugeBundle(t *testing.T, logs map[string][]byte) (*bundles.Bundle, *countingReaderAt) {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "1", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range logs {
		e, err := w.Create(bundles.File{Path: name, FirstLine: 501})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Write(data)
		if err := errors.Join(err, e.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	src := &countingReaderAt{ReaderAt: bytes.NewReader(buf.Bytes())}
	r, err := bundlezip.NewReader(src, int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	return b, src
}

// TestMarks: with the marks of a scan the answers are the same as without, and
// the evidence at the end of a log costs no reading of the whole.
func TestMarks(t *testing.T) {
	var text bytes.Buffer
	for i := 0; text.Len() < 11<<20; i++ {
		fmt.Fprintf(&text, "line %d of %x\n", i, i*i*7919)
	}
	const plain, wide = "logs/a/plain.log", "logs/a/wide.log"
	logs := map[string][]byte{plain: text.Bytes(), wide: []byte(utf16le(text.String()[:5<<20]))}
	b, src := hugeBundle(t, logs)
	out, err := logscan.Run(context.Background(), b, nil, logscan.Options{Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Marks[plain]) < 2 || len(out.Marks[wide]) < 2 || out.Sums[plain].Size != int64(text.Len()) {
		t.Fatalf("marks %v, sums %v", out.Marks, out.Sums)
	}
	claims := func() []abi.Evidence {
		var list []abi.Evidence
		for name, data := range logs {
			size := int64(len(data))
			for _, off := range []int64{0, 100, 4<<20 - 6, 4 << 20, out.Marks[name][1].Offset, size / 2 &^ 1, size - 400, size - 20, size - 2} {
				list = append(list, at(name, off, 20))
			}
		}
		return list
	}
	with, without := claims(), claims()
	n := New(b, nil, out.Marks).Verify([]*[]abi.Evidence{&with})
	m := New(b, nil, nil).Verify([]*[]abi.Evidence{&without})
	order := func(x, y abi.Evidence) int {
		return cmp.Or(strings.Compare(x.File, y.File), cmp.Compare(*x.Offset, *y.Offset))
	}
	slices.SortFunc(with, order)
	slices.SortFunc(without, order)
	if d := gocmp.Diff(without, with); d != "" || n[0] != m[0] || n[0] != 2 {
		t.Errorf("dropped %v and %v\n%s", n, m, d)
	}
	src.n.Store(0)
	row, _ := b.File(plain)
	last := []abi.Evidence{at(plain, int64(text.Len())-30, 20)}
	New(b, nil, out.Marks).Verify([]*[]abi.Evidence{&last})
	if read := src.n.Load(); len(last) != 1 || last[0].Line < 100_000 || read > row.StoredSize/2 {
		t.Errorf("evidence %v: %d of %d bytes were read", last, read, row.StoredSize)
	}
}
