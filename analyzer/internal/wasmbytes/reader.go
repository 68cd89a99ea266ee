// Package wasmbytes reads the binary form of WebAssembly modules.
package wasmbytes

import "encoding/binary"

// Reader reads what modules are made of, from At on. Beyond the end everything is
// zero, and Bad is set.
type Reader struct {
	B   []byte
	At  int
	Bad bool
}

// Byte is the next one.
func (r *Reader) Byte() byte {
	if r.At >= len(r.B) {
		r.Bad = true
		return 0
	}
	r.At++
	return r.B[r.At-1]
}

// Bytes are the next n.
func (r *Reader) Bytes(n uint32) []byte {
	if r.Bad || int64(n) > int64(len(r.B)-r.At) {
		r.Bad = true
		return nil
	}
	r.At += int(n)
	return r.B[r.At-int(n) : r.At]
}

// U32 reads an unsigned number of up to 32 bits in LEB128.
func (r *Reader) U32() uint32 {
	v, n := binary.Uvarint(r.B[min(r.At, len(r.B)):])
	if n <= 0 || n > 5 || v > 1<<32-1 {
		r.Bad = true
		return 0
	}
	r.At += n
	return uint32(v)
}

// Signed reads a signed number of up to 64 bits in LEB128.
func (r *Reader) Signed() (v int64) {
	for shift := 0; shift < 70; shift += 7 {
		b := r.Byte()
		v |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 && shift < 57 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	r.Bad = true
	return 0
}

// AppendSigned appends a signed number in LEB128.
func AppendSigned(out []byte, v int64) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}
