package vouch

import (
	"encoding/binary"
	"math/bits"
)

// blakeBlock is how many bytes BLAKE2b mixes in at once.
const blakeBlock = 128

// blakeStart is the state that BLAKE2b begins with, before the size of the result
// and of the key is mixed in.
var blakeStart = [8]uint64{
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
}

// blakeOrder has the order of a block's words in each of ten rounds; two more
// begin again.
var blakeOrder = [10]string{
	"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
	"\x0e\x0a\x04\x08\x09\x0f\x0d\x06\x01\x0c\x00\x02\x0b\x07\x05\x03",
	"\x0b\x08\x0c\x00\x05\x02\x0f\x0d\x0a\x0e\x03\x06\x07\x01\x09\x04",
	"\x07\x09\x03\x01\x0d\x0c\x0b\x0e\x02\x06\x05\x0a\x04\x00\x0f\x08",
	"\x09\x00\x05\x07\x02\x04\x0a\x0f\x0e\x01\x0b\x0c\x06\x08\x03\x0d",
	"\x02\x0c\x06\x0a\x00\x0b\x08\x03\x04\x0d\x07\x05\x0f\x0e\x01\x09",
	"\x0c\x05\x01\x0f\x0e\x0d\x04\x0a\x00\x07\x06\x03\x09\x02\x08\x0b",
	"\x0d\x0b\x07\x0e\x0c\x01\x03\x09\x05\x00\x0f\x04\x08\x06\x02\x0a",
	"\x06\x0f\x0e\x09\x0b\x03\x00\x08\x0c\x02\x0d\x07\x01\x04\x0a\x05",
	"\x0a\x02\x08\x04\x07\x06\x01\x05\x0f\x0b\x09\x0e\x03\x0c\x0d\x00",
}

// blake2b is BLAKE2b-512 of a text, without a key: RFC 7693. It is made for the
// few kilobytes of a profile.
func blake2b(text []byte) [64]byte {
	state := blakeStart
	state[0] ^= 0x01010000 | 64
	done := 0
	for ; len(text)-done > blakeBlock; done += blakeBlock {
		blakeMix(&state, text[done:done+blakeBlock], uint64(done+blakeBlock), 0)
	}
	var last [blakeBlock]byte
	copy(last[:], text[done:])
	blakeMix(&state, last[:], uint64(len(text)), ^uint64(0))
	var sum [64]byte
	for i, word := range state {
		binary.LittleEndian.PutUint64(sum[8*i:], word)
	}
	return sum
}

// blakeMix mixes a block into the state. Count is the number of the text's bytes up
// to the block's end; last has all bits set for the last block, and none before.
func blakeMix(state *[8]uint64, block []byte, count, last uint64) {
	var m, v [16]uint64
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	copy(v[:8], state[:])
	copy(v[8:], blakeStart[:])
	v[12] ^= count
	v[14] ^= last
	for round := range 12 {
		order := blakeOrder[round%10]
		for i := range 8 {
			a, b, c, d := i%4, 4+i%4, 8+i%4, 12+i%4
			if i >= 4 { // the diagonals
				b, c, d = 4+(i+1)%4, 8+(i+2)%4, 12+(i+3)%4
			}
			v[a] += v[b] + m[order[2*i]]
			v[d] = bits.RotateLeft64(v[d]^v[a], -32)
			v[c] += v[d]
			v[b] = bits.RotateLeft64(v[b]^v[c], -24)
			v[a] += v[b] + m[order[2*i+1]]
			v[d] = bits.RotateLeft64(v[d]^v[a], -16)
			v[c] += v[d]
			v[b] = bits.RotateLeft64(v[b]^v[c], -63)
		}
	}
	for i := range state {
		state[i] ^= v[i] ^ v[8+i]
	}
}
