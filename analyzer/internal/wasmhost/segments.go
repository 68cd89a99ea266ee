package wasmhost

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmbytes"
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
	r := dataReader{wasmbytes.Reader{B: content}}
	var all []segment
	for n := r.U32(); n > 0 && !r.Bad; n-- {
		all = r.merge(all)
	}
	if r.Bad || r.At < len(r.B) || overlap(all) {
		return nil, false
	}
	out := binary.AppendUvarint(nil, uint64(len(all)))
	for _, s := range all {
		out = append(out, 0, opI32Const)
		out = wasmbytes.AppendSigned(out, int64(int32(s.at)))
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
type dataReader struct{ wasmbytes.Reader }

// merge reads a segment and adds it to the last one or behind it.
func (r *dataReader) merge(all []segment) []segment {
	if r.U32() != 0 || r.Byte() != opI32Const {
		r.Bad = true
		return all
	}
	begin := r.At
	at := r.Signed()
	s := segment{at: uint32(at)}
	if at != int64(int32(at)) || r.At-begin > binary.MaxVarintLen32 || r.Byte() != opEnd {
		r.Bad = true
	}
	s.data = r.Bytes(r.U32())
	s.data = slices.Clip(s.data) // what is appended is not written into the module
	if r.Bad || len(all) == 0 {
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
