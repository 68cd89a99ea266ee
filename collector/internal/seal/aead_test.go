package seal

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// TestChaPoly: the example of section 2.8.2 of RFC 8439, without its additional
// data, and texts of every length up to some blocks, as Go's package has them.
func TestChaPoly(t *testing.T) {
	const text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
	key, _ := hex.DecodeString("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")
	nonce, _ := hex.DecodeString("070000004041424344454647")
	begins, _ := hex.DecodeString("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6")
	got := same(t, key, nonce, []byte(text))
	if !bytes.HasPrefix(got, begins) {
		t.Errorf("the example begins with %x, want %x", got[:len(begins)], begins)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		same(t, draw(r, keyBytes), draw(r, aeadNonce), draw(r, n))
	}
}

func FuzzChaPoly(f *testing.F) {
	f.Add(make([]byte, keyBytes+aeadNonce), []byte("text"))
	f.Fuzz(func(t *testing.T, secret, text []byte) {
		secret = append(secret, make([]byte, keyBytes+aeadNonce)...)
		same(t, secret[:keyBytes], secret[keyBytes:keyBytes+aeadNonce], text)
	})
}

// same encrypts a text, and holds it against Go's package.
func same(t *testing.T, key, nonce, text []byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		t.Fatal(err)
	}
	want := aead.Seal(nil, nonce, text, nil)
	c := chaPoly{[keyBytes]byte(key)}
	got := c.seal((*[aeadNonce]byte)(nonce), bytes.Clone(text))
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes under %x, %x are %x, want %x", len(text), key, nonce, got, want)
	}
	return got
}

func draw(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
