package scan

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// chunkSize is how much is read at once. It is even, so that no chunk ends
// within a unit of UTF-16.
const chunkSize = 256 << 10

// lookahead is how many stored bytes beyond the last one that can show are
// needed to decode it.
const lookahead = 4

// lineRef is one line of a block.
type lineRef struct {
	off, length int64 // in the stored file, without the line end
	start, end  int   // of the text in block.buf
	cut         bool  // the text is longer than MaxLine
}

// block is a run of whole lines. Each text in buf is valid UTF-8, at most
// MaxLine bytes, and followed by a newline.
type block struct {
	first int64 // index of the first line in the file, from 0
	lines []lineRef
	buf   []byte
}

func (b *block) text(i int) []byte { return b.buf[b.lines[i].start:b.lines[i].end] }

func (b *block) empty(i int) bool { return b.lines[i].start == b.lines[i].end }

// joined is the text of the lines from first to last, cut at MaxLine. It is a
// part of buf.
func (b *block) joined(first, last int) []byte {
	from, to := b.lines[first].start, b.lines[last].end
	if to-from < decl.MaxLine-utf8.UTFMax {
		return b.buf[from:to]
	}
	for _, l := range b.lines[first : last+1] {
		if l.cut {
			to = l.end
			break
		}
	}
	return cutBytes(b.buf[from:to], decl.MaxLine)
}

// cutBytes shortens valid UTF-8 to at most n bytes, between characters.
func cutBytes(s []byte, n int) []byte {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// encoding is the width of a unit in bytes, and its order.
type encoding struct {
	width int
	big   bool
}

// blockReader cuts a stored file into blocks.
type blockReader struct {
	r     io.Reader
	onRaw func([]byte) // sees every stored byte once, in order
	enc   encoding
	chunk []byte
	begun bool
	pos   int64 // offset of the next byte to split
	lines int64 // so far
	err   error // of reading, but for the end

	// The line that has begun and not ended: its offset, its length so far,
	// its first bytes, and its last unit.
	off     int64
	length  int64
	head    []byte
	lastTwo [2]byte
}

func (br *blockReader) reset(r io.Reader, declared string, onRaw func([]byte)) {
	*br = blockReader{r: r, onRaw: onRaw, chunk: br.chunk, head: br.head[:0], enc: encoding{width: 1}}
	switch {
	case strings.EqualFold(declared, "utf-16le"):
		br.enc = encoding{width: 2}
	case strings.EqualFold(declared, "utf-16be"):
		br.enc = encoding{width: 2, big: true}
	}
}

// next fills b with at least one line; false: the file is at its end. After
// that err tells whether all of it was read.
func (br *blockReader) next(b *block) bool {
	b.first, b.lines, b.buf = br.lines, b.lines[:0], b.buf[:0]
	for len(b.lines) == 0 {
		data, err := br.fill()
		br.onRaw(data)
		br.split(b, br.skipMark(data))
		if err != nil {
			if !errors.Is(err, io.EOF) {
				br.err = err
			}
			br.r = strings.NewReader("")
			br.finish(b)
			break
		}
	}
	br.lines += int64(len(b.lines))
	return len(b.lines) > 0
}

// fill reads a whole chunk, or what is left. Unlike io.ReadFull it tells the end
// of the file from a reader that finds its own input cut off.
func (br *blockReader) fill() ([]byte, error) {
	n := 0
	for n < len(br.chunk) {
		k, err := br.r.Read(br.chunk[n:])
		n += k
		if err != nil {
			return br.chunk[:n], err
		}
	}
	return br.chunk, nil
}

// skipMark takes a byte order mark off the first chunk.
func (br *blockReader) skipMark(data []byte) []byte {
	if br.begun || len(data) == 0 {
		return data
	}
	br.begun = true
	n := 0
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		br.enc, n = encoding{width: 2}, 2
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		br.enc, n = encoding{width: 2, big: true}, 2
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		br.enc, n = encoding{width: 1}, 3
	}
	br.pos, br.off = int64(n), int64(n)
	return data[n:]
}

// split takes the lines that end in data and keeps the rest.
func (br *blockReader) split(b *block, data []byte) {
	for {
		i := br.enc.newline(data)
		if i < 0 {
			break
		}
		if br.length == 0 {
			br.emit(b, data[:i], int64(i), data[max(i-br.enc.width, 0):i])
		} else {
			br.hold(data[:i])
			br.emit(b, br.head, br.length, br.lastTwo[2-br.enc.width:])
		}
		used := i + br.enc.width
		data = data[used:]
		br.pos += int64(used)
		br.begin()
	}
	br.hold(data)
	br.pos += int64(len(data))
}

// begin starts a line at pos.
func (br *blockReader) begin() { br.off, br.length, br.head = br.pos, 0, br.head[:0] }

// finish emits the line that the end of the file ends.
func (br *blockReader) finish(b *block) {
	if br.length > 0 {
		br.emit(b, br.head, br.length, br.lastTwo[2-br.enc.width:])
	}
	br.begin()
}

// hold adds to the line that has begun. What cannot show is only counted.
func (br *blockReader) hold(data []byte) {
	br.length += int64(len(data))
	room := br.enc.width*decl.MaxLine + lookahead - len(br.head)
	br.head = append(br.head, data[:min(len(data), room)]...)
	switch { // a piece of one byte is UTF-8, or the odd end of a file
	case len(data) > 1:
		br.lastTwo = [2]byte(data[len(data)-2:])
	case len(data) == 1:
		br.lastTwo[1] = data[0]
	}
}

// emit adds a line whose stored bytes begin with raw; last is its last unit.
func (br *blockReader) emit(b *block, raw []byte, length int64, last []byte) {
	w := br.enc.width
	if length > 0 && length%int64(w) == 0 && br.enc.is(last, '\r') {
		length -= int64(w)
		raw = raw[:min(int64(len(raw)), length)]
	}
	l := lineRef{off: br.off, length: length, start: len(b.buf)}
	b.buf, l.cut = br.enc.appendText(b.buf, raw)
	l.end = len(b.buf)
	b.buf = append(b.buf, '\n')
	b.lines = append(b.lines, l)
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
	if e.width == 1 && len(raw) <= decl.MaxLine && utf8.Valid(raw) {
		return append(buf, raw...), false
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

// decode reads one character; what is none is U+FFFD.
func (e encoding) decode(raw []byte) (rune, int) {
	if e.width == 1 {
		return utf8.DecodeRune(raw)
	}
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
