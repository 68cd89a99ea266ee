package vouch

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Kinds of signatures and keys, the first two bytes of both: of the text itself,
// which is the kind of all keys, too, and of the text's BLAKE2b-512.
const (
	kindPlain  = "Ed"
	kindHashed = "ED"
)

// numbered is how many bytes stand before a signature or a key: its kind, and the
// number of the key.
const numbered = 2 + 8

// signature is a file that minisign writes beside the one that it signs.
type signature struct {
	hashed  bool
	id      uint64 // of the key
	text    []byte // signature of the text
	comment string // the trusted one
	whole   []byte // signature of the text's signature and the comment
}

// parseSignature reads a file of four lines: a comment that nobody signed, kind,
// number and signature in base64, the comment that is signed, and its signature.
// It tells whether it is one.
func parseSignature(file []byte) (signature, bool) {
	lines := strings.SplitN(string(file), "\n", 4)
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "untrusted comment: ") {
		return signature{}, false
	}
	comment, ok := strings.CutPrefix(strings.TrimRight(lines[2], "\r"), "trusted comment: ")
	if !ok {
		return signature{}, false
	}
	kind, id, text := parseNumbered(lines[1], ed25519.SignatureSize)
	whole, err := base64.StdEncoding.DecodeString(lines[3])
	if err != nil || len(whole) != ed25519.SignatureSize || kind != kindPlain && kind != kindHashed {
		return signature{}, false
	}
	return signature{hashed: kind == kindHashed, id: id, text: text, comment: comment, whole: whole}, true
}

// parseNumbered reads a line of base64: a kind, the number of a key, and size more
// bytes. Kind is empty when it is something else.
func parseNumbered(line string, size int) (kind string, id uint64, rest []byte) {
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil || len(raw) != numbered+size {
		return "", 0, nil
	}
	return string(raw[:2]), binary.LittleEndian.Uint64(raw[2:numbered]), raw[numbered:]
}

// by tells whether a key signed both the text, of which this is the hash, and the
// comment.
func (s *signature) by(key ed25519.PublicKey, hash []byte) bool {
	return ed25519.Verify(key, hash, s.text) &&
		ed25519.Verify(key, append(append([]byte{}, s.text...), s.comment...), s.whole)
}
