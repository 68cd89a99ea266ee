package bundlezip

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	kflate "github.com/klauspost/compress/flate"
)

// newDecoder gives a decoder with a piece in it.
func newDecoder(piece []byte, want int) *decoder {
	d := &decoder{}
	d.load(want, len(piece))
	copy(d.in, piece)
	return d
}

// testTexts are contents that make compressors use all that the format has.
func testTexts() map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300<<10)
	skewed := make([]byte, 300<<10)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
		skewed[i] = byte(rnd.ExpFloat64() * 9)
	}
	far := bytes.Repeat(noise[:32<<10], 4)
	var log strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&log, "2026-Mar-05 14:%02d:%02d\tERROR\t[at session.cpp:handleRead:%d]   value %x\r\n", i/60%60, i%60, i%7, rnd.Uint64()>>(i%60))
	}
	return map[string][]byte{
		"empty": nil, "one": []byte("x"), "zeros": make([]byte, 300<<10), "noise": noise, "skewed": skewed,
		"far": far, "log": []byte(log.String()), "period": []byte(strings.Repeat("abcdefg", 9999)),
	}
}

func testStreams(t testing.TB, data []byte) map[string][]byte {
	out := map[string][]byte{}
	for level := -2; level <= 9; level++ {
		var std, klaus bytes.Buffer
		s, err := flate.NewWriter(&std, level)
		if err != nil {
			t.Fatal(err)
		}
		k, err := kflate.NewWriter(&klaus, level)
		if err != nil {
			t.Fatal(err)
		}
		for w, flush := range map[io.WriteCloser]func() error{s: s.Flush, k: k.Flush} {
			half := len(data) / 2
			w.Write(data[:half])
			if err := flush(); err != nil {
				t.Fatal(err)
			}
			w.Write(data[half:])
			w.Close()
		}
		out[fmt.Sprint("std ", level)], out[fmt.Sprint("klauspost ", level)] = std.Bytes(), klaus.Bytes()
	}
	return out
}

func TestInflate(t *testing.T) {
	for name, data := range testTexts() {
		for how, stream := range testStreams(t, data) {
			d := newDecoder(stream, len(data))
			if err := d.inflate(true); err != nil || !bytes.Equal(d.out[:d.n], data) {
				t.Errorf("%s, %s: %v, %d of %d bytes", name, how, err, d.n, len(data))
			}
			for _, want := range []int{len(data) - 1, len(data) + 1} {
				if want < 0 {
					continue
				}
				if err := newDecoder(stream, want).inflate(true); err == nil {
					t.Errorf("%s, %s: %d bytes are taken for %d", name, how, len(data), want)
				}
			}
			if err := newDecoder(stream, len(data)).inflate(false); err == nil {
				t.Errorf("%s, %s: the end of the stream is taken for the end of a piece", name, how)
			}
			if err := newDecoder(append(bytes.Clone(stream), 0), len(data)).inflate(true); err == nil {
				t.Errorf("%s, %s: a byte too many is taken", name, how)
			}
		}
	}
}

// TestInflateDamaged holds what is taken of damaged streams against the library.
func TestInflateDamaged(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, data := range testTexts() {
		data = data[:min(len(data), 3000)]
		for how, stream := range testStreams(t, data) {
			for range 40 {
				bad := bytes.Clone(stream)
				for range 1 + rnd.IntN(2) {
					bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
				}
				compareInflate(t, name+", "+how, bad)
			}
			for cut := range min(len(stream), 80) {
				compareInflate(t, name+", "+how, stream[:len(stream)-cut])
			}
		}
	}
}

// compareInflate reads a stream with the library and with a decoder.
func compareInflate(t *testing.T, name string, stream []byte) {
	t.Helper()
	src := bytes.NewReader(stream)
	want, err := io.ReadAll(io.LimitReader(flate.NewReader(src), 1<<20))
	used := len(stream) - src.Len()
	if len(want) == 1<<20 {
		return
	}
	d := newDecoder(stream[:used], len(want))
	switch have := d.inflate(true); {
	case have == nil && err != nil:
		t.Fatalf("%s: taken, the library says %v", name, err)
	case have == nil && !bytes.Equal(d.out[:d.n], want):
		t.Fatalf("%s: other bytes than the library's", name)
	case have != nil && err == nil:
		t.Fatalf("%s: %v, the library takes it", name, have)
	}
}

func FuzzInflate(f *testing.F) {
	for _, data := range testTexts() {
		for _, stream := range testStreams(f, data[:min(len(data), 500)]) {
			f.Add(stream)
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) { compareInflate(t, "fuzz", stream) })
}
