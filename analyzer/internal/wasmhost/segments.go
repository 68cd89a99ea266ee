package wasmhost

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// A Go module has thousands of data segments, because the linker leaves out runs
// of zeros between them. The engine decodes, checks and evaluates each of them
// whenever it loads the module, so in the hollow form segments that are close to
// each other are one, with the zeros.

const (
	dataSection      = 11
	dataCountSection = 12
	// mergeGap is how many zeros between two segments are no reason for two.
	mergeGap = 256
)

// segment is the content of memory from an address on.
type segment struct {
	at   uint32
	data []byte
}

// mergeData gives the content of a data section with fewer segments, which leave
// the same in a memory of zeros, or false where it is none of the simple kind:
// all of memory 0, at constant addresses, none overlapping.
func mergeData(content []byte) ([]byte, bool) {
	r := dataReader{rest: content}
	var all []segment
	for n := r.u32(); n > 0 && !r.bad; n-- {
		all = r.merge(all)
	}
	if r.bad || len(r.rest) > 0 || overlap(all) {
		return nil, false
	}
	out := binary.AppendUvarint(nil, uint64(len(all)))
	for _, s := range all {
		out = append(out, 0, opI32Const)
		out = appendSigned(out, int32(s.at))
		out = append(out, opEnd)
		out = append(binary.AppendUvarint(out, uint64(len(s.data))), s.data...)
	}
	return out, true
}

const (
	opI32Const = 0x41
	opEnd      = 0x0b
)

// dataReader reads a data section.
type dataReader struct {
	rest []byte
	bad  bool // what follows cannot be told
}

// merge reads a segment and adds it to the last one or behind it.
func (r *dataReader) merge(all []segment) []segment {
	if r.u32() != 0 || r.byte() != opI32Const {
		r.bad = true
		return all
	}
	s := segment{at: uint32(r.s32())}
	if r.byte() != opEnd {
		r.bad = true
	}
	s.data = r.bytes(int64(r.u32()))
	s.data = slices.Clip(s.data) // what is appended is not written into the module
	if r.bad || len(all) == 0 {
		return append(all, s)
	}
	last := &all[len(all)-1]
	end := int64(last.at) + int64(len(last.data))
	if gap := int64(s.at) - end; gap >= 0 && gap <= mergeGap {
		last.data = append(append(last.data, make([]byte, gap)...), s.data...)
		return all
	}
	return append(all, s)
}

// overlap reports whether two of the segments have an address in common: then
// their order matters, and what lies between them.
func overlap(all []segment) bool {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	for i, s := range sorted[:max(len(sorted)-1, 0)] {
		if int64(s.at)+int64(len(s.data)) > int64(sorted[i+1].at) {
			return true
		}
	}
	return false
}

func (r *dataReader) byte() byte {
	b := r.bytes(1)
	if r.bad {
		return 0
	}
	return b[0]
}

// bytes are the next n.
func (r *dataReader) bytes(n int64) []byte {
	if r.bad || n > int64(len(r.rest)) {
		r.bad = true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *dataReader) u32() uint32 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > 1<<32-1 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return uint32(v)
}

// s32 reads a signed number in LEB128.
func (r *dataReader) s32() int32 {
	var v int64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return int32(v)
		}
	}
	r.bad = true
	return 0
}

func appendSigned(out []byte, v int32) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}
