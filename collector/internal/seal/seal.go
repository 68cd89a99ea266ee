// Package seal encrypts a bundle as it is written, in the format of age, for
// those who may read it. Recipients are X25519 keys only: those of SSH, of
// plugins and of a passphrase would each cost the program more than all of this.
//
// The format is written here, with the ciphers of Go. Tests have age itself read it.
package seal

import (
	"crypto/ecdh"
	"fmt"
	"io"
)

// Suffix is added to the name of a bundle that is encrypted.
const Suffix = ".age"

// Block is how many bytes age encrypts together: an unfinished one is lost when
// a run is killed.
const Block = 64 << 10

// tag is what a block is longer by when it is encrypted.
const tag = 16

// Recipients are those who can open a bundle. Without any it is not encrypted.
type Recipients struct {
	list   []*ecdh.PublicKey
	keys   []string
	header int64 // bytes before the first block
}

// Keys are the public keys, as age1....
func (r Recipients) Keys() []string { return r.keys }

// Suffix is that of the bundle's name: "" when it is not encrypted.
func (r Recipients) Suffix() string {
	if len(r.list) == 0 {
		return ""
	}
	return Suffix
}

// Writer encrypts what is written to it. Close writes the end and leaves w open.
// Without recipients it gives w itself, and Close does nothing.
func (r Recipients) Writer(w io.Writer) (io.WriteCloser, error) {
	if len(r.list) == 0 {
		return open{w}, nil
	}
	return encrypt(w, r.list)
}

// open is a writer that is not closed.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// Size is how long a bundle of so many bytes is when it is encrypted.
func (r Recipients) Size(plain int64) int64 {
	if len(r.list) == 0 {
		return plain
	}
	return r.header + plain + max(1, (plain+Block-1)/Block)*tag
}

// Most is the longest bundle that has so many bytes when it is encrypted. 0, no
// limit, stays 0.
func (r Recipients) Most(size int64) int64 {
	if len(r.list) == 0 || size == 0 {
		return size
	}
	rest := size - r.header
	blocks := (rest + Block + tag - 1) / (Block + tag)
	return max(1, rest-blocks*tag)
}

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// settle measures what stands before the first block. It also finds keys that
// nothing can be encrypted for.
func (r *Recipients) settle() error {
	var n counter
	if _, err := encrypt(&n, r.list); err != nil {
		return fmt.Errorf("one of the keys cannot be used: %v", err)
	}
	r.header = int64(n)
	return nil
}
