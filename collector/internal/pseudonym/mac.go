package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
)

// mac is AES-CMAC (NIST SP 800-38B) with a key of 256 bits. Names are short: most
// are one block, which costs a tenth of an HMAC. It is not safe for concurrent use.
type mac struct {
	aes     cipher.Block
	ends    [][16]byte // what the last block is mixed with: one that is padded, a whole one
	in, out [16]byte
}

func newAES(key []byte) cipher.Block {
	c, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only a key of another length
	}
	return c
}

func newMac(key [32]byte) *mac {
	m := &mac{aes: newAES(key[:])}
	m.aes.Encrypt(m.out[:], m.in[:])
	whole := double(m.out)
	m.ends = [][16]byte{double(whole), whole}
	return m
}

// double multiplies by x in the field of 2^128 elements.
func double(b [16]byte) [16]byte {
	carry := byte(0)
	over := b[0] >> 7 * 0x87
	for i := len(b) - 1; i >= 0; i-- {
		b[i], carry = b[i]<<1|carry, b[i]>>7
	}
	b[15] ^= over
	return b
}

// sum is the code of a text, until the next call.
func (m *mac) sum(text []byte) *[16]byte {
	m.out = [16]byte{}
	for ; len(text) > len(m.in); text = text[len(m.in):] {
		copy(m.in[:], text)
		m.mix()
	}
	whole := len(text) / len(m.in)
	if n := copy(m.in[:], text); whole == 0 {
		clear(m.in[n:])
		m.in[n] = 0x80
	}
	for i, c := range &m.ends[whole] {
		m.in[i] ^= c
	}
	m.mix()
	return &m.out
}

// mix takes one more block, in, into what the blocks before it made.
func (m *mac) mix() {
	for i, c := range &m.out {
		m.in[i] ^= c
	}
	m.aes.Encrypt(m.out[:], m.in[:])
}
