package scan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// lookahead is how many stored bytes beyond the last one that can show are
// needed to decode it.
const lookahead = 4

const nonASCII = 0x8080808080808080

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// encoding is the width of a unit in bytes, and its order.
type encoding struct {
	width int
	big   bool
}

// declaredEncoding is that of a file without a byte order mark.
func declaredEncoding(name string) encoding {
	switch {
	case strings.EqualFold(name, "utf-16le"):
		return encoding{width: 2}
	case strings.EqualFold(name, "utf-16be"):
		return encoding{width: 2, big: true}
	}
	return encoding{width: 1}
}

// mark finds a byte order mark, and its length.
func (e encoding) mark(data []byte) (encoding, int) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return encoding{width: 2}, 2
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return encoding{width: 2, big: true}, 2
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		return encoding{width: 1}, 3
	}
	return e, 0
}

// begun is a line that has begun and not ended: its offset, its length so far,
// its first bytes, and its last unit.
type begun struct {
	off     int64
	length  int64
	head    []byte
	lastTwo [2]byte
}

// hold adds to the line. What cannot show is only counted.
func (l *begun) hold(e encoding, data []byte) {
	l.length += int64(len(data))
	room := e.width*decl.MaxLine + lookahead - len(l.head)
	l.head = append(l.head, data[:min(len(data), room)]...)
	switch { // a piece of one byte is UTF-8, or the odd end of a file
	case len(data) > 1:
		l.lastTwo = [2]byte(data[len(data)-2:])
	case len(data) == 1:
		l.lastTwo[1] = data[0]
	}
}

// decode makes text of the lines of the chunk.
func (b *block) decode() {
	c := &b.chunk
	b.decoded, b.ends, b.places = b.decoded[:0], b.ends[:0], b.places[:0]
	data, off, w := c.data, c.off, c.enc.width
	if l := &c.begun; l.length > 0 {
		i := c.enc.newline(data)
		n := len(data) // the end of the file ends it
		if i >= 0 {
			n = i
		}
		l.hold(c.enc, data[:n])
		b.emit(l.head, l.off, l.length, l.lastTwo[2-w:])
		n = min(n+w, len(data))
		data, off = data[n:], off+int64(n)
	}
	for len(data) > 0 {
		n := c.enc.newline(data)
		if n < 0 {
			n = len(data)
		}
		b.emit(data[:n], off, int64(n), data[max(n-w, 0):n])
		n = min(n+w, len(data))
		data, off = data[n:], off+int64(n)
	}
	b.decoded = slices.Grow(b.decoded, slack)
	b.buf, b.refs = b.decoded, b.places
}

// emit adds a line whose stored bytes begin with raw; last is its last unit.
func (b *block) emit(raw []byte, off, length int64, last []byte) {
	e := b.chunk.enc
	w := e.width
	if length > 0 && length%int64(w) == 0 && e.is(last, '\r') {
		length -= int64(w)
		raw = raw[:min(int64(len(raw)), length)]
	}
	l := lineRef{off: off, length: length}
	b.decoded, l.cut = e.appendText(b.decoded, raw)
	b.ends = append(b.ends, int32(len(b.decoded)))
	b.decoded = append(b.decoded, '\n')
	b.places = append(b.places, l)
}

// newline finds the first line end in whole units.
func (e encoding) newline(data []byte) int {
	if e.width == 1 {
		return bytes.IndexByte(data, '\n')
	}
	for i := 0; i+1 < len(data); i += 2 {
		if e.is(data[i:i+2], '\n') {
			return i
		}
	}
	return -1
}

// whole is how many of the bytes are whole lines.
func (e encoding) whole(data []byte) int {
	if e.width == 1 {
		return bytes.LastIndexByte(data, '\n') + 1
	}
	for i := len(data) &^ 1; i > 0; i -= 2 {
		if e.is(data[i-2:i], '\n') {
			return i
		}
	}
	return 0
}

// is reports whether a unit is an ASCII character.
func (e encoding) is(unit []byte, c byte) bool {
	switch {
	case e.width == 1:
		return unit[0] == c
	case e.big:
		return unit[0] == 0 && unit[1] == c
	}
	return unit[0] == c && unit[1] == 0
}

// appendText decodes raw to at most MaxLine bytes of text and reports whether
// there was more.
func (e encoding) appendText(buf, raw []byte) ([]byte, bool) {
	if e.width == 1 {
		return appendUTF8(buf, raw)
	}
	limit := len(buf) + decl.MaxLine
	for len(raw) > 0 {
		r, n := e.decode(raw)
		if len(buf)+utf8.RuneLen(r) > limit {
			return buf, true
		}
		buf = utf8.AppendRune(buf, r)
		raw = raw[n:]
	}
	return buf, false
}

// appendUTF8 does it for bytes that should be UTF-8. What is ASCII is copied in
// runs: a log in an old code page has a bad byte in every other line.
func appendUTF8(buf, raw []byte) ([]byte, bool) {
	if len(raw) <= decl.MaxLine && utf8.Valid(raw) {
		return append(buf, raw...), false
	}
	for room := decl.MaxLine; len(raw) > 0; {
		if n := min(asciiPrefix(raw), room); n > 0 {
			buf, raw, room = append(buf, raw[:n]...), raw[n:], room-n
			continue
		}
		r, n := utf8.DecodeRune(raw)
		if room -= utf8.RuneLen(r); room < 0 {
			return buf, true
		}
		buf, raw = utf8.AppendRune(buf, r), raw[n:]
	}
	return buf, false
}

// asciiPrefix is how many bytes at the beginning are ASCII.
func asciiPrefix(s []byte) (n int) {
	for ; len(s)-n >= 8; n += 8 {
		if other := le64(s[n:]) & nonASCII; other != 0 {
			return n + bits.TrailingZeros64(other)/8
		}
	}
	for n < len(s) && s[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// decode reads one character of UTF-16; what is none is U+FFFD.
func (e encoding) decode(raw []byte) (rune, int) {
	if len(raw) < 2 {
		return utf8.RuneError, 1
	}
	r := e.unit(raw)
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if len(raw) >= 4 {
		if pair := utf16.DecodeRune(r, e.unit(raw[2:])); pair != utf8.RuneError {
			return pair, 4
		}
	}
	return utf8.RuneError, 2
}

func (e encoding) unit(raw []byte) rune {
	if e.big {
		return rune(raw[0])<<8 | rune(raw[1])
	}
	return rune(raw[1])<<8 | rune(raw[0])
}
