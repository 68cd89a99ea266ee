package scan

import (
	"bytes"
	"unicode/utf8"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// block is a run of whole lines, with the text of each: valid UTF-8 of at most
// MaxLine bytes. As a rule that is the stored bytes themselves; only where they
// are not such text they are decoded.
type block struct {
	first int64  // index of the first line in the file, from 0
	buf   []byte // the texts, a newline behind each; has slack bytes more
	ends  []int32
	base  int64     // offset of buf in the stored file, if stored
	refs  []lineRef // of decoded lines; nil: buf is as stored

	chunk   chunk
	store   []byte // of the chunk
	decoded []byte // buf when decoded
	places  []lineRef
	finds   []find
	cands   [][]int32 // by needle of the searcher: lines in order
	found   []found
	bounds  []bounds      // by format that joins lines, see confirmer
	before  *openings     // at the block's beginning
	after   *openings     // at its end
	ready   chan struct{} // closed when the block is prepared
	users   int32         // who still needs the block
	joint   []byte        // what joined put together
}

// lineRef is where a decoded line is stored.
type lineRef struct {
	off, length int64 // in the stored file, without the line end
	cut         bool  // the text is longer than MaxLine
}

// count is the number of lines.
func (b *block) count() int { return len(b.ends) }

// span is where the text of a line is in buf.
func (b *block) span(i int) (start, end int) {
	if i > 0 {
		start = int(b.ends[i-1]) + 1
	}
	end = int(b.ends[i])
	if b.refs == nil && end > start && b.buf[end-1] == '\r' {
		end--
	}
	return start, end
}

func (b *block) text(i int) []byte {
	start, end := b.span(i)
	return b.buf[start:end]
}

func (b *block) empty(i int) bool {
	start, end := b.span(i)
	return start == end
}

// off is the offset of a line in the stored file.
func (b *block) off(i int) int64 {
	switch {
	case b.refs != nil:
		return b.refs[i].off
	case i == 0:
		return b.base
	}
	return b.base + int64(b.ends[i-1]) + 1
}

// end is the offset of a line's end in the stored file, without the line end.
func (b *block) end(i int) int64 {
	if b.refs != nil {
		return b.refs[i].off + b.refs[i].length
	}
	_, end := b.span(i)
	return b.base + int64(end)
}

// cut reports whether a line has more text than is here.
func (b *block) cut(i int) bool { return b.refs != nil && b.refs[i].cut }

// joined is the text of the lines from first to last, cut at MaxLine. It is
// valid until the next call.
func (b *block) joined(first, last int) []byte {
	if first == last {
		return b.text(first)
	}
	from, _ := b.span(first)
	_, to := b.span(last)
	if b.refs != nil || bytes.IndexByte(b.buf[from:to], '\r') < 0 {
		return b.contiguous(from, to, first, last)
	}
	b.joint = append(b.joint[:0], b.text(first)...)
	for i := first + 1; i <= last && len(b.joint) <= decl.MaxLine; i++ {
		b.joint = append(append(b.joint, '\n'), b.text(i)...)
	}
	return cutBytes(b.joint, decl.MaxLine)
}

// contiguous is joined where the lines stand in buf as they are to be.
func (b *block) contiguous(from, to, first, last int) []byte {
	if b.refs == nil || to-from < decl.MaxLine-utf8.UTFMax {
		return cutBytes(b.buf[from:to], decl.MaxLine)
	}
	for i := first; i <= last; i++ {
		if b.cut(i) {
			_, to = b.span(i)
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

// split finds the lines of the block's chunk.
func (b *block) split() {
	if c := &b.chunk; c.enc.width > 1 || c.begun.length > 0 || !b.asStored() {
		b.decode()
	}
}

// asStored takes the chunk as it is if it is text with lines of at most MaxLine
// bytes, and reports whether it is.
func (b *block) asStored() bool {
	data := b.chunk.data
	b.ends, b.refs, b.base = b.ends[:0], nil, b.chunk.off
	for pos := 0; pos < len(data); {
		n := bytes.IndexByte(data[pos:], '\n')
		if n < 0 {
			n = len(data) - pos
			data = append(data, '\n') // in the slack
		}
		if n > decl.MaxLine {
			return false
		}
		pos += n
		b.ends = append(b.ends, int32(pos))
		pos++
	}
	b.buf = data
	return isASCII(data) || utf8.Valid(data)
}

func isASCII(s []byte) bool {
	var all uint64
	for ; len(s) >= 32; s = s[32:] {
		all |= le64(s) | le64(s[8:]) | le64(s[16:]) | le64(s[24:])
		if all&nonASCII != 0 {
			return false
		}
	}
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
