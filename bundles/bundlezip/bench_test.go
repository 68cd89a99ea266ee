package bundlezip

import (
	"bytes"
	"crypto/sha256"
	"io"
	"runtime"
	"testing"
	"time"

	kflate "github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// benchBytes is the size of the log that benchmarks write and read.
const benchBytes = 64 << 20

// BenchmarkWrite writes a log as the collector does, with restart points.
func BenchmarkWrite(b *testing.B) {
	data := logLines(benchBytes)
	b.SetBytes(benchBytes)
	size := int64(0)
	for b.Loop() {
		w, err := zipwriter.NewWriter(io.Discard, bundles.Header{ID: "1", Created: time.Unix(0, 0)})
		if err != nil {
			b.Fatal(err)
		}
		e, err := w.Create(bundles.File{Path: bigPath})
		if err != nil {
			b.Fatal(err)
		}
		e.Write(data)
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
		size = w.Files()[0].StoredSize
	}
	b.ReportMetric(float64(size)/float64(plainSize(b, data)), "size/plain")
}

// plainSize is what a log takes without restart points.
func plainSize(b *testing.B, data []byte) int {
	var n bytes.Buffer
	w, err := kflate.NewWriter(&n, deflateLevel)
	if err != nil {
		b.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return n.Len()
}

// BenchmarkWritePlain is BenchmarkWrite without restart points: deflate, SHA-256
// and CRC of one stream.
func BenchmarkWritePlain(b *testing.B) {
	data := logLines(benchBytes)
	b.SetBytes(benchBytes)
	for b.Loop() {
		sum := sha256.New()
		w, err := kflate.NewWriter(io.Discard, deflateLevel)
		if err != nil {
			b.Fatal(err)
		}
		for rest := data; len(rest) > 0; rest = rest[min(len(rest), bufferSize):] {
			part := rest[:min(len(rest), bufferSize)]
			sum.Write(part)
			w.Write(part)
		}
		w.Close()
	}
}

func benchmarkRead(b *testing.B, pieces bool) {
	data := logLines(benchBytes)
	r := readerOf(b, bundleOf(b, data))
	row := rowOf(b, r)
	if !pieces {
		row.Restarts = nil
	}
	buf := make([]byte, 256<<10)
	b.SetBytes(benchBytes)
	for b.Loop() {
		f, err := row.Open(r)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, f, buf); err != nil || n != benchBytes {
			b.Fatal(n, err)
		}
		f.Close()
	}
}

func BenchmarkReadSequential(b *testing.B) { benchmarkRead(b, false) }

func BenchmarkReadPieces(b *testing.B) { benchmarkRead(b, true) }

// BenchmarkReadPiecesOneCore is what pieces cost where there is nothing to gain
// from several cores.
func BenchmarkReadPiecesOneCore(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	benchmarkRead(b, true)
}

// BenchmarkReadEnd reads the last bytes of a log whose pieces are proven.
func BenchmarkReadEnd(b *testing.B) {
	data := logLines(benchBytes)
	r := readerOf(b, bundleOf(b, data))
	row := rowOf(b, r)
	if _, _, err := readRow(b, r, row); err != nil {
		b.Fatal(err)
	}
	last := data[len(data)-1000:]
	for b.Loop() {
		f, err := row.Open(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := f.(bundles.RestartFile).SkipTo(int64(len(data) - len(last))); err != nil {
			b.Fatal(err)
		}
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, last) {
			b.Fatal(err)
		}
		f.Close()
	}
}
