package analyzer

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// plainText decodes the beginning of a file to UTF-8, and names its encoding
// when that is UTF-16 without a byte order mark, which a reader cannot see.
func plainText(head []byte) (text []byte, encoding string) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return head[3:], ""
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return fromUTF16(head[2:], binary.LittleEndian), ""
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fromUTF16(head[2:], binary.BigEndian), ""
	}
	switch even, odd, pairs := zeros(head[:min(len(head), 1024)]); {
	case pairs < 4:
	case odd > pairs/2 && even == 0:
		return fromUTF16(head, binary.LittleEndian), "utf-16le"
	case even > pairs/2 && odd == 0:
		return fromUTF16(head, binary.BigEndian), "utf-16be"
	}
	return head, ""
}

// zeros counts the zero bytes at even and at odd places.
func zeros(b []byte) (even, odd, pairs int) {
	for ; len(b) >= 2; b = b[2:] {
		pairs++
		if b[0] == 0 {
			even++
		}
		if b[1] == 0 {
			odd++
		}
	}
	return even, odd, pairs
}

func fromUTF16(b []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}
