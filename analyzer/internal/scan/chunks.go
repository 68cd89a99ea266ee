package scan

import (
	"errors"
	"io"
)

// chunkSize is how much is read at once. It is even, so that no chunk ends
// within a unit of UTF-16.
const chunkSize = 256 << 10

// chunk is a part of a stored file that ends at the end of a line, or of the
// file. It can be worked at without what is before it.
type chunk struct {
	fresh []byte // bytes just read, as they are stored
	data  []byte // whole lines, of which the first may have begun before
	off   int64  // of data in the stored file
	enc   encoding
	begun begun // the line that data goes on with; its length is 0 when there is none
}

// chunker cuts a stored file into chunks.
type chunker struct {
	src   io.Reader
	size  int // of chunks
	enc   encoding
	pos   int64  // offset of the bytes in rest
	rest  []byte // begins the next chunk
	begun begun  // a line that is longer than a chunk
	first bool   // nothing has been read
	done  bool
	err   error // of reading, but for the end
}

func newChunker(src io.Reader, size int, enc encoding) *chunker {
	return &chunker{src: src, size: size, enc: enc, first: true}
}

// next reads a chunk into b; false: the file is at its end. After that err
// tells whether all of it was read. A chunk in the middle of a line that is
// longer than a chunk has no lines.
func (r *chunker) next(b *block) bool {
	if r.done {
		return false
	}
	if cap(b.store) < r.size+slack {
		b.store = make([]byte, r.size+slack)
	}
	buf := b.store[:r.size]
	held := copy(buf, r.rest)
	n, err := fill(r.src, buf[held:])
	b.chunk = chunk{fresh: buf[held : held+n], off: r.pos, enc: r.enc}
	data := r.skipMark(&b.chunk, buf[:held+n])
	if r.done = err != nil; r.done && !errors.Is(err, io.EOF) {
		r.err = err
	}
	r.cut(&b.chunk, data)
	return true
}

// fill reads a whole buffer, or what is left. Unlike io.ReadFull it tells the
// end of the file from a reader that finds its own input cut off.
func fill(src io.Reader, buf []byte) (int, error) {
	n := 0
	for n < len(buf) {
		k, err := src.Read(buf[n:])
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// skipMark takes a byte order mark off the first chunk.
func (r *chunker) skipMark(c *chunk, data []byte) []byte {
	if !r.first {
		return data
	}
	r.first = false
	enc, n := r.enc.mark(data)
	r.enc, c.enc = enc, enc
	r.pos, c.off = int64(n), int64(n)
	return data[n:]
}

// cut gives the chunk the lines that end in data and keeps the rest.
func (r *chunker) cut(c *chunk, data []byte) {
	n := len(data)
	if !r.done {
		n = r.enc.whole(data)
	}
	if n == 0 && !r.done { // all of it is part of one line
		if r.begun.length == 0 {
			r.begun.off = r.pos
		}
		r.begun.hold(r.enc, data)
		r.pos, r.rest, c.data = r.pos+int64(len(data)), r.rest[:0], nil
		return
	}
	c.data, c.begun = data[:n], r.begun
	r.begun = begun{}
	r.rest = append(r.rest[:0], data[n:]...)
	r.pos += int64(n)
}
