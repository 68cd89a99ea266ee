//go:build !wasip1

package scan

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// line is one stored line: where it stands, and what it says in full.
type line struct {
	offset, length int64
	text           string
	part           int   // of the text: the file it is in
	number         int64 // in the source file
}

// encoding of a stored file.
type encoding int

const (
	encUTF8 encoding = iota
	encUTF16LE
	encUTF16BE
)

// detect finds the encoding and the length of the byte order mark.
func detect(data []byte, declared string) (encoding, int) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return encUTF16LE, 2
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return encUTF16BE, 2
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return encUTF8, 3
	case strings.EqualFold(declared, "utf-16le"):
		return encUTF16LE, 0
	case strings.EqualFold(declared, "utf-16be"):
		return encUTF16BE, 0
	}
	return encUTF8, 0
}

// splitLines cuts a stored file into its lines.
func splitLines(data []byte, declared string) []line {
	enc, pos := detect(data, declared)
	var out []line
	for pos < len(data) {
		end, next := enc.lineEnd(data, pos)
		raw := data[pos:end]
		out = append(out, line{offset: int64(pos), length: int64(len(raw)), text: enc.decode(raw)})
		pos = next
	}
	return out
}

// lineEnd finds the end of the line that starts at pos, without the line end,
// and the start of the next one.
func (e encoding) lineEnd(data []byte, pos int) (end, next int) {
	nl, cr := e.unit('\n'), e.unit('\r')
	width := len(nl)
	end, next = len(data), len(data)
	for i := pos; i+width <= len(data); i += width {
		if bytes.Equal(data[i:i+width], nl) {
			end, next = i, i+width
			break
		}
	}
	if (end-pos)%width == 0 && bytes.HasSuffix(data[pos:end], cr) {
		end -= width
	}
	return end, next
}

// unit encodes an ASCII character.
func (e encoding) unit(c byte) []byte {
	switch e {
	case encUTF16LE:
		return []byte{c, 0}
	case encUTF16BE:
		return []byte{0, c}
	}
	return []byte{c}
}

func (e encoding) decode(raw []byte) string {
	if e == encUTF8 {
		if utf8.Valid(raw) {
			return string(raw)
		}
		return string([]rune(string(raw))) // a U+FFFD for each bad byte
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		lo, hi := raw[i], raw[i+1]
		if e == encUTF16BE {
			lo, hi = hi, lo
		}
		units = append(units, uint16(lo)|uint16(hi)<<8)
	}
	text := string(utf16.Decode(units))
	if len(raw)%2 != 0 {
		text += string(utf8.RuneError)
	}
	return text
}

// cut shortens valid UTF-8 to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
