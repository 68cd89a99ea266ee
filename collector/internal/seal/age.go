package seal

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// Labels and sizes of the format, https://age-encryption.org/v1.
const (
	intro        = "age-encryption.org/v1\n"
	labelX25519  = "age-encryption.org/v1/X25519"
	labelHeader  = "header"
	labelPayload = "payload"
	fileKeyBytes = 16
	nonceBytes   = 16 // of the payload's key
)

// encrypt begins an age file: its header for the keys, and the payload's nonce.
// What is written to the result is encrypted; its Close writes the last block.
func encrypt(w io.Writer, keys []*ecdh.PublicKey) (io.WriteCloser, error) {
	fileKey, nonce := make([]byte, fileKeyBytes), make([]byte, nonceBytes)
	rand.Read(fileKey) // never fails
	rand.Read(nonce)
	head := []byte(intro)
	for _, k := range keys {
		stanza, err := wrap(fileKey, k)
		if err != nil {
			return nil, err
		}
		head = append(head, stanza...)
	}
	head = append(head, "---"...)
	macKey, err := hkdf.Key(sha256.New, fileKey, nil, labelHeader, sha256.Size)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write(head)
	head = fmt.Appendf(head, " %s\n", text64(mac.Sum(nil)))
	key, err := hkdf.Key(sha256.New, fileKey, nonce, labelPayload, keyBytes)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append(head, nonce...)); err != nil {
		return nil, err
	}
	return &blocks{w: w, aead: chaPoly{[keyBytes]byte(key)}, buf: make([]byte, 0, Block+tag)}, nil
}

// wrap is the stanza of a key: the file's key, encrypted for it.
func wrap(fileKey []byte, to *ecdh.PublicKey) ([]byte, error) {
	mine, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := mine.ECDH(to)
	if err != nil {
		return nil, err
	}
	point := mine.PublicKey().Bytes()
	salt := append(append([]byte{}, point...), to.Bytes()...)
	key, err := hkdf.Key(sha256.New, shared, salt, labelX25519, keyBytes)
	if err != nil {
		return nil, err
	}
	aead := chaPoly{[keyBytes]byte(key)}
	body := aead.seal(new([aeadNonce]byte), append([]byte{}, fileKey...)) // the key is used once
	return fmt.Appendf(nil, "-> X25519 %s\n%s\n", text64(point), text64(body)), nil
}

func text64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// blocks encrypts blocks of Block bytes, of which the last one is marked.
type blocks struct {
	w     io.Writer
	aead  chaPoly
	buf   []byte // fewer bytes than a block has, or one whole block
	nonce [aeadNonce]byte
	err   error
}

var errClosed = errors.New("write to a closed age file")

// Write encrypts what is followed by more.
func (b *blocks) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) && b.err == nil {
		if len(b.buf) == Block {
			b.flush(false)
		}
		n := min(Block-len(b.buf), len(p)-done)
		b.buf = append(b.buf, p[done:done+n]...)
		done += n
	}
	return done, b.err
}

// Close writes the last block, which is empty only when all is.
func (b *blocks) Close() error {
	if b.err == nil {
		b.flush(true)
	}
	err := b.err
	b.err = errClosed
	return err
}

// flush writes the block. Its nonce is its number, and a byte that says whether
// it is the last one.
func (b *blocks) flush(last bool) {
	if last {
		b.nonce[len(b.nonce)-1] = 1
	}
	_, b.err = b.w.Write(b.aead.seal(&b.nonce, b.buf))
	b.buf = b.buf[:0]
	for i := len(b.nonce) - 2; i >= 0; i-- {
		if b.nonce[i]++; b.nonce[i] != 0 {
			break
		}
	}
}
