package seal

import (
	"crypto/ecdh"
	"errors"
	"strings"
)

// alphabet are the digits of Bech32 (BIP 173).
const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// checkDigits is how many of them are the checksum.
const checkDigits = 6

var errKey = errors.New("it is not a key of age")

// publicKey reads age1..., the public half of an X25519 key.
func publicKey(text string) (*ecdh.PublicKey, error) {
	rest, ok := strings.CutPrefix(text, keyBegin)
	if !ok || len(rest) < checkDigits {
		return nil, errKey
	}
	sum := checksum(1, 'a'>>5, 'g'>>5, 'e'>>5, 0, 'a'&31, 'g'&31, 'e'&31)
	var raw []byte
	bits, n := 0, 0
	for i := range len(rest) {
		digit := strings.IndexByte(alphabet, rest[i])
		if digit < 0 {
			return nil, errKey
		}
		sum = checksum(sum, byte(digit))
		if i >= len(rest)-checkDigits {
			continue
		}
		bits, n = bits<<5|digit, n+5
		if n >= 8 {
			n -= 8
			raw = append(raw, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	if sum != 1 || n >= 5 || bits != 0 {
		return nil, errKey
	}
	return ecdh.X25519().NewPublicKey(raw)
}

// checksum goes on with the checksum of the digits so far.
func checksum(sum uint32, digits ...byte) uint32 {
	for _, d := range digits {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(d)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 != 0 {
				sum ^= g
			}
		}
	}
	return sum
}
