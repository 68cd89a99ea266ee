// Package charset tells the encodings of text files and decodes them.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encodings of 16 bits, as Sniff names them.
const (
	UTF16LE = "utf-16le"
	UTF16BE = "utf-16be"
)

// SniffBytes is how much of the begin of a file tells its encoding.
const SniffBytes = 8 << 10

// Sniff tells the encoding of a text from its first bytes: by its byte order
// mark, else by where its zero bytes are. It reports false for what is no text
// or cannot be decoded.
func Sniff(head []byte) (encoding string, ok bool) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return "", false // UTF-32
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return UTF16LE, true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16BE, true
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\x7fELF")):
		return "", false
	}
	zeros, control := [2]int{}, 0
	for i, c := range head {
		switch {
		case c == 0:
			zeros[i%2]++
		case c < 7 || c > '\r' && c < ' ' && c != 0x1b:
			control++
		}
	}
	half := len(head)/2 + 1
	switch {
	case zeros[1] > half*2/5 && zeros[0] < half/20+1:
		return UTF16LE, true
	case zeros[0] > half*2/5 && zeros[1] < half/20+1:
		return UTF16BE, true
	}
	bad := zeros[0] + zeros[1] + control
	if bad > len(head)/10 {
		return "", false
	}
	if valid(head) {
		return "utf-8", true
	}
	return "", bad <= len(head)/33
}

// valid reports whether b is UTF-8, the last character perhaps cut off.
func valid(b []byte) bool {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				b = b[:len(b)-i]
			}
			break
		}
	}
	return utf8.Valid(b)
}

// Decode gives a text of an encoding as UTF-8, without a byte order mark; what
// is no text in it becomes U+FFFD. Half a character at the end is left out.
func Decode(raw []byte, encoding string) string {
	low, wide := LowByte(encoding)
	if !wide {
		return strings.ToValidUTF8(strings.TrimPrefix(string(raw), "\ufeff"), "\ufffd")
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i+low]) | uint16(raw[2*i+1-low])<<8
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

// LowByte is where in a character of 16 bits the low byte is.
func LowByte(encoding string) (at int, wide bool) {
	switch encoding {
	case UTF16LE:
		return 0, true
	case UTF16BE:
		return 1, true
	}
	return 0, false
}
