package wasmhost

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
)

// sectionOf is the content of a data section.
func sectionOf(list []segment) []byte {
	out := binary.AppendUvarint(nil, uint64(len(list)))
	for _, s := range list {
		out = append(wasmbytes.AppendSigned(append(out, 0, opI32Const), int64(int32(s.at))), opEnd)
		out = append(binary.AppendUvarint(out, uint64(len(s.data))), s.data...)
	}
	return out
}

// parts reads the content of a data section and does not merge.
func parts(t *testing.T, content []byte) []segment {
	t.Helper()
	r := dataReader{wasmbytes.Reader{B: content}}
	var list []segment
	for n := r.U32(); n > 0; n-- {
		list = append(list, r.merge(nil)...)
	}
	if r.Bad || r.At < len(r.B) {
		t.Fatalf("no data section: %x", content)
	}
	return list
}

// memoryOf is what segments leave in a memory of zeros.
func memoryOf(list []segment, size int) []byte {
	m := make([]byte, size)
	for _, s := range list {
		copy(m[s.at:], s.data)
	}
	return m
}

func TestMergeData(t *testing.T) {
	const size = 100_000
	rnd := rand.New(rand.NewPCG(1, 2))
	merged := 0
	for range 500 {
		var list []segment
		at := rnd.IntN(300)
		for range rnd.IntN(40) {
			data := make([]byte, rnd.IntN(50))
			for i := range data {
				data[i] = byte(rnd.Uint32())
			}
			list = append(list, segment{uint32(at), data})
			if at += len(data) + rnd.IntN(2*mergeGap); rnd.IntN(30) == 0 {
				at = rnd.IntN(size - 40*600)
			}
		}
		content := sectionOf(list)
		was := bytes.Clone(content)
		out, ok := mergeData(content)
		if !bytes.Equal(content, was) {
			t.Fatal("the module was written to")
		}
		if !ok {
			continue
		}
		fewer := parts(t, out)
		if len(fewer) > len(list) || !bytes.Equal(memoryOf(fewer, size), memoryOf(list, size)) {
			t.Fatalf("%d segments became %d, with another memory", len(list), len(fewer))
		}
		merged += len(list) - len(fewer)
	}
	if merged < 1000 {
		t.Errorf("%d segments were merged", merged)
	}
}

func TestMergeDataLeaves(t *testing.T) {
	far := segment{0x7fffff00, []byte("x")}
	for name, tt := range map[string]struct {
		content string
		want    bool
	}{
		"none":               {"\x00", true},
		"far apart":          {string(sectionOf([]segment{{0, []byte("x")}, far})), true},
		"above 2 GiB":        {string(sectionOf([]segment{{0xfffffff0, []byte("x")}})), true},
		"passive":            {"\x01\x01\x01x", false},
		"of another memory":  {"\x01\x02\x00\x41\x00\x0b\x01x", false},
		"at a global":        {"\x01\x00\x23\x00\x0b\x01x", false},
		"overlapping":        {string(sectionOf([]segment{{0, []byte("xyz")}, {2, []byte("x")}})), false},
		"overlapping, later": {string(sectionOf([]segment{{9, []byte("xyz")}, {0, []byte("x")}, {3, make([]byte, 7)}})), false},
		"cut off":            {"\x01\x00\x41\x00\x0b\x05x", false},
		"more behind":        {"\x00x", false},
		"an endless number":  {"\x01\x00\x41\xff\xff\xff\xff\xff\x0b\x01x", false},
	} {
		out, ok := mergeData([]byte(tt.content))
		if ok != tt.want || ok && string(out) != tt.content {
			t.Errorf("%s: %q, %v, want %v and the same", name, out, ok, tt.want)
		}
	}
}

// TestHollowMerges: but not where the code may name segments.
func TestHollowMerges(t *testing.T) {
	two := section(11, string(sectionOf([]segment{{0, []byte("x")}, {3, []byte("y")}})))
	one := section(11, string(sectionOf([]segment{{0, []byte("x\x00\x00y")}})))
	for in, want := range map[string]string{
		header + onePage + two:                       header + onePage + one,
		header + onePage + section(12, "\x02") + two: header + onePage + section(12, "\x02") + two,
	} {
		if got, err := hollow([]byte(in)); err != nil || string(got) != want {
			t.Errorf("hollow(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}
