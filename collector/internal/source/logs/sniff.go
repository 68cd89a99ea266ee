package logs

import (
	"bytes"
	"unicode/utf8"
)

// sniffBytes is how much of the begin of a file tells its encoding.
const sniffBytes = 8 << 10

// Sniff tells the encoding of a text from its first bytes: by its byte order
// mark, else by where its zero bytes are. It reports false for what is no text
// or cannot be decoded.
func Sniff(head []byte) (encoding string, ok bool) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return "", false // UTF-32
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return "utf-16le", true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return "utf-16be", true
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
		return "utf-16le", true
	case zeros[0] > half*2/5 && zeros[1] < half/20+1:
		return "utf-16be", true
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
