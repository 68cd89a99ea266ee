package bundlezip

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	kflate "github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/bundles/zipform"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

const bigPath = "logs/a/big.log"

const deflateLevel = 3 // as package zipwriter has it

// logLines are n bytes of a log.
func logLines(n int) []byte {
	rnd := rand.New(rand.NewPCG(5, 6))
	b := make([]byte, 0, n+200)
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "2026-Mar-05 14:%02d:%02d\tDEBUG\t[at session.cpp:handleRead:%d]   request %08x from 10.1.%d.%d took %d ms\r\n",
			i/60%60, i%60, i%700, rnd.Uint32(), i%4, rnd.IntN(250), rnd.IntN(90))
	}
	return b[:n]
}

func noiseOf(n int) []byte {
	rnd := rand.New(rand.NewPCG(7, 8))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// bundleOf writes a bundle with one log, in writes of random sizes.
func bundleOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := zipwriter.NewWriter(&buf, bundles.Header{ID: "1", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Create(bundles.File{Path: bigPath})
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(9, uint64(len(data))))
	for rest := data; len(rest) > 0; {
		n := min(1+rnd.IntN(1<<rnd.IntN(24)), len(rest))
		if _, err := e.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := errors.Join(e.Close(), w.Finish(bundles.Manifest{})); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func readerOf(t testing.TB, raw []byte) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rowOf is the manifest's row of the log.
func rowOf(t testing.TB, r *Reader) bundles.File {
	t.Helper()
	b, err := bundles.Open(r)
	if err != nil || b.Cut {
		t.Fatal(err, b.CutReason)
	}
	f, ok := b.File(bigPath)
	if !ok {
		t.Fatal("no row")
	}
	return f
}

// readRow reads a file with its row's restart points. Lie is what they are said
// to be wrong in.
func readRow(t testing.TB, r *Reader, row bundles.File) (data []byte, lie, err error) {
	t.Helper()
	if _, err := r.Stat(row.Path); err != nil {
		t.Fatal(err)
	}
	return readFile(r, row)
}

func readFile(r *Reader, row bundles.File) (data []byte, lie, err error) {
	f, err := row.Open(r)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err = io.ReadAll(f)
	return data, bundles.RestartsErr(f), err
}

// streamed reads a file sequentially.
func streamed(r *Reader, name string) ([]byte, error) {
	r.aheadNow.Add(aheadBytes)
	defer r.aheadNow.Add(-aheadBytes)
	return fs.ReadFile(r, name)
}

// TestOnePiece reads short entries, whole and damaged, as one piece and as a
// stream: bytes and errors are the same.
func TestOnePiece(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for name, data := range testTexts() {
		for kind, stream := range testStreams(t, data) {
			for round := range 8 {
				damaged, size := bytes.Clone(stream), len(data)
				switch {
				case round == 0:
				case round%4 == 1 && len(stream) > 0:
					damaged[rnd.IntN(len(damaged))] ^= 1 << rnd.IntN(8)
				case round%4 == 2:
					damaged = damaged[:rnd.IntN(len(damaged)+1)]
				case round%4 == 3 && round > 4:
					damaged = append(damaged, noiseOf(1+rnd.IntN(30))...)
				default:
					size = max(0, size+rnd.IntN(7)-3)
				}
				content := append(bytes.Clone(data), "more"...)[:size]
				r := readerOf(t, zipOf(t, damaged, content))
				want, wantErr := streamed(r, bigPath)
				got, err := fs.ReadFile(r, bigPath)
				if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Fatalf("%s, %s, round %d: %d bytes, %v; as a stream %d, %v", name, kind, round, len(got), err, len(want), wantErr)
				}
				if round == 0 && err != nil && size > 0 {
					t.Errorf("%s, %s: %v", name, kind, err)
				}
				if n, k := r.aheadNow.Load(), r.underWay.Load(); n != 0 || k != 0 {
					t.Fatalf("%d bytes and %d pieces are still in the books", n, k)
				}
			}
		}
	}
}

// TestOnePieceMemory opens many entries at the same time: those for which there
// is no room are read as streams.
func TestOnePieceMemory(t *testing.T) {
	data := logLines(2 << 20)
	stream, _ := pieced(t, data, func() int { return len(data) })
	r := readerOf(t, zipOf(t, stream, data))
	var open []fs.File
	for range 100 {
		f, err := r.Open(bigPath)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		open = append(open, f)
	}
	if n := r.aheadNow.Load(); n > aheadBytes || n < aheadBytes/2 {
		t.Errorf("%d bytes are held, want about %d", n, aheadBytes)
	}
	for _, f := range open {
		rest, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(rest, data[100:]) {
			t.Errorf("%d bytes, %v", len(rest), err)
		}
		f.Close()
	}
	if n := r.aheadNow.Load(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
}

func TestWriterRestarts(t *testing.T) {
	const p = zipform.PieceBytes
	rnd := rand.New(rand.NewPCG(1, 1))
	sizes := []int{p - 1, p, p + 1, 2 * p, 2*p + 1, 3*p + rnd.IntN(p)}
	kinds := map[string][]byte{"log": logLines(4 * p), "noise": noiseOf(4 * p), "zeros": make([]byte, 4*p)}
	for kind, all := range kinds {
		for _, size := range sizes {
			data := all[:size]
			raw := bundleOf(t, data)
			r := readerOf(t, raw)
			row := rowOf(t, r)
			if want := max(0, (size-1)/p); len(row.Restarts) != want {
				t.Errorf("%s, %d bytes: %d restart points, want %d", kind, size, len(row.Restarts), want)
			}
			for i, at := range row.Restarts {
				if at[0] != int64(i+1)*p {
					t.Errorf("%s, %d bytes: restart point %v", kind, size, at)
				}
			}
			got, lie, err := readRow(t, r, row)
			if err != nil || lie != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, %d bytes: by pieces: %v, %v", kind, size, err, lie)
			}
			if used := r.files[bigPath].proven.Load() != nil; used != (size > p) {
				t.Errorf("%s, %d bytes: pieces were used: %t", kind, size, used)
			}
			if got, err := fs.ReadFile(r, bigPath); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, %d bytes: from the beginning: %v", kind, size, err)
			}
			zr, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := fs.ReadFile(zr, bigPath); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, %d bytes: archive/zip: %v", kind, size, err)
			}
		}
	}
}

// TestOtherUnzippers: the entry stays what every program can read.
func TestOtherUnzippers(t *testing.T) {
	data := append(append(logLines(6<<20), make([]byte, 5<<20)...), noiseOf(5<<20)...)
	name := filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(name, bundleOf(t, data), 0o600); err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256(data)
	const python = "import sys,zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))"
	for prog, args := range map[string][]string{
		"unzip": {"-p", name, bigPath}, "7z": {"x", "-so", name, bigPath},
		"bsdtar": {"-xOf", name, bigPath}, "python3": {"-c", python, name, bigPath},
	} {
		t.Run(prog, func(t *testing.T) {
			out, err := exec.Command(program.Path(t, prog), args...).Output()
			if sum := sha256.Sum256(out); err != nil || sum != want {
				t.Errorf("%d bytes, want %d: %v", len(out), len(data), err)
			}
		})
	}
}

// pieced is a deflate stream of pieces and its restart points.
func pieced(t testing.TB, data []byte, sizes func() int) (stream []byte, restarts [][2]int64) {
	t.Helper()
	var buf bytes.Buffer
	w, err := kflate.NewWriter(&buf, deflateLevel)
	if err != nil {
		t.Fatal(err)
	}
	for done := 0; done < len(data); {
		if done > 0 {
			w.Flush()
			w.Reset(&buf)
			restarts = append(restarts, [2]int64{int64(done), int64(buf.Len())})
		}
		n := min(sizes(), len(data)-done)
		w.Write(data[done : done+n])
		done += n
	}
	w.Close()
	return buf.Bytes(), restarts
}

// zipOf is a zip with one deflated entry of which the directory says the right
// length and check of data, whatever the stream is.
func zipOf(t testing.TB, stream, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	e, err := w.CreateRaw(&zip.FileHeader{
		Name: bigPath, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(len(stream)), UncompressedSize64: uint64(len(data)),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.Write(stream)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// mutate makes restart points wrong in one of the ways there are.
func mutate(rnd *rand.Rand, was [][2]int64, size, stored int64) (string, [][2]int64) {
	var list [][2]int64
	list = append(list, was...)
	i, j, side := rnd.IntN(len(list)), rnd.IntN(len(list)), rnd.IntN(2)
	switch rnd.IntN(12) {
	case 0:
		list[i][side] += 1 - 2*int64(rnd.IntN(2))
		return "shifted by one", list
	case 1:
		list[i][side] += rnd.Int64N(2000) - 1000
		return "shifted", list
	case 2:
		list[i], list[j] = list[j], list[i]
		return "swapped", list
	case 3:
		return "duplicated", append(list[:i+1:i+1], list[i:]...)
	case 4:
		list[i][side] = -list[i][side]
		return "negative", list
	case 5:
		list[i][side] = []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - size, 1 << 40}[rnd.IntN(4)]
		return "overflow", list
	case 6:
		list[len(list)-1][side] = []int64{size, stored}[side] + int64(rnd.IntN(3))
		return "beyond the end", list
	case 7:
		for len(list) <= zipform.MaxRestarts {
			list = append(list, list...)
		}
		return "too many", list
	case 8:
		return "one less", append(list[:i:i], list[i+1:]...)
	case 9:
		between := [2]int64{list[i][0] - 1 - rnd.Int64N(50), list[i][1] - 1 - rnd.Int64N(20)}
		return "inside a block", append(append(list[:i:i], between), list[i:]...)
	case 10:
		list[i] = [2]int64{}
		return "zero", list
	}
	for k := range list[i:] {
		list[i+k][0]++
		list[i+k][1]--
	}
	return "all shifted", list
}

// TestMutatedRestarts: whatever restart points say, what is read is what the
// file holds, and points that lie are told.
func TestMutatedRestarts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	told := map[string]int{}
	for seed := range 1000 {
		data := logLines(20000 + rnd.IntN(20000))
		stream, points := pieced(t, data, func() int { return 500 + rnd.IntN(4000) })
		size, stored := int64(len(data)), int64(len(stream))
		how, list := mutate(rnd, points, size, stored)
		damaged := seed%5 == 0
		if damaged {
			stream[rnd.IntN(len(stream))] ^= 1 << rnd.IntN(8)
		}
		r := readerOf(t, zipOf(t, stream, data))
		want, wantErr := streamed(r, bigPath)
		got, lie, err := readRow(t, r, bundles.File{Path: bigPath, StoredSize: stored, Restarts: list})
		if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("seed %d, %s: %d bytes, %v; sequential %d, %v", seed, how, len(got), err, len(want), wantErr)
		}
		same := fmt.Sprint(list) == fmt.Sprint(points)
		switch {
		case wantErr != nil && lie != nil:
			t.Fatalf("seed %d, %s: the file is damaged, and its restart points are said to be wrong: %v", seed, how, lie)
		case wantErr == nil && how != "one less" && (lie != nil) == same:
			t.Fatalf("seed %d, %s: said to be wrong: %v\n%v\n%v", seed, how, lie, points, list)
		case lie != nil:
			told[how]++
		}
	}
	if len(told) != 11 {
		t.Errorf("only these were tried: %v", told)
	}
}

// TestRestartsOfAnotherZip: points that belong to another stored size are
// neither used nor wrong.
func TestRestartsOfAnotherZip(t *testing.T) {
	data := logLines(30000)
	stream, points := pieced(t, data, func() int { return 3000 })
	r := readerOf(t, zipOf(t, stream, data))
	got, lie, err := readRow(t, r, bundles.File{Path: bigPath, StoredSize: int64(len(stream)) + 1, Restarts: points})
	if err != nil || lie != nil || !bytes.Equal(got, data) || r.files[bigPath].proven.Load() != nil {
		t.Errorf("%v, %v, %d bytes", err, lie, len(got))
	}
}

// bitWriter writes a deflate stream by hand.
type bitWriter struct {
	out []byte
	nb  int
}

func (w *bitWriter) bits(v, n int) {
	for i := range n {
		if w.nb%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[w.nb/8] |= byte(v>>i&1) << (w.nb % 8)
		w.nb++
	}
}

// literal writes a literal below 144 in the fixed code, from its highest bit.
func (w *bitWriter) literal(c int) {
	for i := 7; i >= 0; i-- {
		w.bits((c+0x30)>>i&1, 1)
	}
}

func (w *bitWriter) stored(final int, data []byte) {
	w.bits(final, 3)
	for w.nb%8 != 0 {
		w.bits(0, 1)
	}
	w.bits(len(data), 16)
	w.bits(^len(data)&0xffff, 16)
	for _, c := range data {
		w.bits(int(c), 8)
	}
}

// TestCraftedStreams: streams that read otherwise by pieces than from the
// beginning, if the borders of pieces are not watched closely.
func TestCraftedStreams(t *testing.T) {
	// A stored block whose content looks like a whole stream of its own.
	var inner, trap bitWriter
	inner.stored(1, []byte("INNER"))
	trap.stored(0, []byte("first"))
	into := len(trap.out) + 5
	trap.stored(1, inner.out)
	outer := "first" + string(inner.out)

	// A piece that ends inside a fixed block, the rest of which is a block, too.
	var inside bitWriter
	inside.bits(1|1<<1, 3)
	for range 13 {
		inside.literal('A')
	}
	inside.bits(0, 5)
	for inside.nb%8 != 0 {
		inside.bits(0, 1)
	}

	// A second piece that copies from the first one.
	var back bitWriter
	back.stored(0, []byte("0123456789"))
	second := len(back.out)
	back.bits(1|1<<1, 3)
	back.bits(0, 6) // length symbol 257: 3, codes from the highest bit
	back.bits(1, 1)
	back.bits(0, 5) // distance 1
	back.bits(0, 7) // end of block

	// A final block in the middle: the stream ends before the second piece.
	var early bitWriter
	early.stored(1, []byte("all"))
	end := len(early.out)
	early.stored(1, []byte("more"))

	for name, c := range map[string]struct {
		stream   []byte
		restarts [][2]int64
	}{
		"stream in a stored block": {trap.out, [][2]int64{{5, int64(into)}}},
		"border in a block":        {inside.out, [][2]int64{{6, 7}}},
		"refers to what is before": {back.out, [][2]int64{{10, int64(second)}}},
		"ends early":               {early.out, [][2]int64{{3, int64(end)}}},
	} {
		want, wantErr := io.ReadAll(kflate.NewReader(bytes.NewReader(c.stream)))
		if name == "stream in a stored block" && string(want) != outer {
			t.Fatalf("%s: the stream is %q", name, want)
		}
		for _, size := range []int{len(want), len(want) + 4, len("first") + len("INNER")} {
			data := append(bytes.Clone(want), make([]byte, 9)...)[:size]
			r := readerOf(t, zipOf(t, c.stream, data))
			plain, plainErr := streamed(r, bigPath)
			got, lie, err := readRow(t, r, bundles.File{Path: bigPath, StoredSize: int64(len(c.stream)), Restarts: c.restarts})
			if !bytes.Equal(got, plain) || fmt.Sprint(err) != fmt.Sprint(plainErr) {
				t.Errorf("%s: %q, %v; sequential %q, %v", name, got, err, plain, plainErr)
			}
			if size == len(want) && wantErr == nil && plainErr == nil && lie == nil {
				t.Errorf("%s: not told", name)
			}
			if r.files[bigPath].proven.Load() != nil {
				t.Errorf("%s: the pieces are believed", name)
			}
		}
	}
}

// TestSkipTo reads from everywhere in an entry whose pieces are proven, and in
// one whose are not.
func TestSkipTo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 14))
	data := logLines(300000)
	stream, points := pieced(t, data, func() int { return 5000 + rnd.IntN(20000) })
	row := bundles.File{Path: bigPath, StoredSize: int64(len(stream)), Restarts: points}
	for _, proven := range []bool{false, true} {
		r := readerOf(t, zipOf(t, stream, data))
		if proven {
			if _, lie, err := readRow(t, r, row); err != nil || lie != nil {
				t.Fatal(err, lie)
			}
		}
		for range 300 {
			f, err := row.Open(r)
			if err != nil {
				t.Fatal(err)
			}
			skipAround(t, f.(bundles.RestartFile), data, rnd)
			f.Close()
		}
	}
}

// skipAround skips forward a few times and compares what is read.
func skipAround(t *testing.T, f bundles.RestartFile, data []byte, rnd *rand.Rand) {
	t.Helper()
	buf := make([]byte, 3000)
	pos := 0
	for range 4 {
		if err := f.SkipTo(int64(pos) - 1); err == nil {
			t.Fatal("skipped back")
		}
		pos += rnd.IntN(len(data) - pos + 1)
		if err := f.SkipTo(int64(pos)); err != nil {
			t.Fatal(err)
		}
		n, err := io.ReadFull(f, buf)
		if !bytes.Equal(buf[:n], data[pos:min(pos+len(buf), len(data))]) {
			t.Fatalf("at %d: other bytes, %v", pos, err)
		}
		pos += n
	}
	rest, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(rest, data[pos:]) {
		t.Fatalf("behind %d: %d bytes, %v", pos, len(rest), err)
	}
}

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

// TestSkipSavesReading: the beginning of a proven entry is not read to get at
// its end.
func TestSkipSavesReading(t *testing.T) {
	data := logLines(3 * zipform.PieceBytes)
	raw := bundleOf(t, data)
	src := &countingReaderAt{ReaderAt: bytes.NewReader(raw)}
	r, err := NewReader(src, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	row := rowOf(t, r)
	if _, _, err := readRow(t, r, row); err != nil {
		t.Fatal(err)
	}
	f, err := row.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src.n.Store(0)
	if err := f.(bundles.RestartFile).SkipTo(int64(len(data)) - 10); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, data[len(data)-10:]) {
		t.Errorf("%q, %v", got, err)
	}
	if n := src.n.Load(); n > int64(len(raw))/2 {
		t.Errorf("%d of %d bytes were read for the last ten", n, len(raw))
	}
}

// TestPiecesEndEarly closes files in the middle: nothing goes on, and the
// memory of pieces under way is given back.
func TestPiecesEndEarly(t *testing.T) {
	data := logLines(6 * zipform.PieceBytes)
	r := readerOf(t, bundleOf(t, data))
	row := rowOf(t, r)
	before := runtime.NumGoroutine()
	for i := range 20 {
		f, err := row.Open(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, f, int64(i)*zipform.PieceBytes/4); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if n := r.aheadNow.Load(); n != 0 {
			t.Fatalf("%d bytes are still under way", n)
		}
		if _, err := f.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Fatalf("read of a closed file: %v", err)
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// TestPiecesMemory reads many logs at a time: what is under way stays in bounds.
func TestPiecesMemory(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(64))
	data := logLines(9 * zipform.PieceBytes)
	sum := sha256.Sum256(data)
	r := readerOf(t, bundleOf(t, data))
	row := rowOf(t, r)
	done := make(chan string)
	for range 4 {
		go func() {
			f, err := row.Open(r)
			if err != nil {
				done <- err.Error()
				return
			}
			defer f.Close()
			h := sha256.New()
			buf := make([]byte, 1<<20)
			for {
				n, err := f.Read(buf)
				h.Write(buf[:n])
				if now := r.aheadNow.Load(); now > 2*aheadBytes {
					done <- fmt.Sprintf("%d bytes are under way", now)
					return
				}
				if err != nil {
					break
				}
			}
			done <- hex.EncodeToString(h.Sum(nil))
		}()
	}
	for range 4 {
		if got := <-done; got != hex.EncodeToString(sum[:]) {
			t.Error(got)
		}
	}
	if n := r.aheadNow.Load(); n != 0 {
		t.Errorf("%d bytes are still under way", n)
	}
}
