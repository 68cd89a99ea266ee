package seal

import (
	"encoding/binary"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/poly1305" //lint:ignore SA1019 the whole construction, with its assembly, is 30 KB more
)

// Sizes of ChaCha20-Poly1305.
const (
	keyBytes      = chacha20.KeySize
	aeadNonce     = chacha20.NonceSize
	polyPad       = 16 // to which what Poly1305 reads is padded
	polyLengths   = 16 // bytes of the two lengths
	firstOfStream = 1  // number of the block of ChaCha20 that text begins with
)

// chaPoly encrypts with ChaCha20-Poly1305, RFC 8439, without additional data.
type chaPoly struct{ key [keyBytes]byte }

// seal encrypts a text in place and appends its tag.
func (c *chaPoly) seal(nonce *[aeadNonce]byte, text []byte) []byte {
	stream, err := chacha20.NewUnauthenticatedCipher(c.key[:], nonce[:])
	if err != nil {
		panic("BUG: " + err.Error()) // only sizes can be wrong
	}
	var once [32]byte
	stream.XORKeyStream(once[:], once[:])
	stream.SetCounter(firstOfStream)
	stream.XORKeyStream(text, text)

	mac := poly1305.New(&once)
	_, _ = mac.Write(text)
	var end [polyPad + polyLengths]byte
	pad := -len(text) & (polyPad - 1)
	binary.LittleEndian.PutUint64(end[pad+8:], uint64(len(text)))
	_, _ = mac.Write(end[:pad+polyLengths])
	return mac.Sum(text)
}
