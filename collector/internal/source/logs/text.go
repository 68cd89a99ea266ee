package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/charset"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

// text is what is to be stored of a file: the bytes from one offset to another.
// Of a compressed file all offsets are those of what it holds.
type text struct {
	r         io.Reader
	from, to  int64
	size      int64  // of the whole
	enc       string // of the manifest
	first     int64  // number of the line at from; 0: not known
	packed    bool   // r unpacks
	damaged   string // the file goes on, but cannot be unpacked: why
	truncated bool   // a limit keeps something out
	midLine   bool   // to is inside of a line
	after     redact.State
	resumed   bool // after tells what came before from
}

// part says which part of a file is wanted.
type part struct {
	from  int64 // where the part begins; what comes before is in the bundle
	first int64 // number of the line at from; 0: not known
	enc   string
	after redact.State // at from
	room  int64        // the most bytes
	// lines leaves an unfinished last line for a later reading.
	lines bool
}

// errUnfinished means that a file has no line that ends.
var errUnfinished = errors.New("no line has ended yet")

// sniff tells the encoding of a text by its begin. What turns pseudonyms back is
// not for a bundle, whatever it is called.
func sniff(head []byte) (string, error) {
	enc, ok := charset.Sniff(head)
	switch {
	case !ok:
		return "", errBinary
	case pseudonym.Private(charset.Decode(head, enc)):
		return "", errPrivate
	}
	return enc, nil
}

// plain prepares a file that is stored as it is.
func plain(f io.ReaderAt, size int64, p part) (text, error) {
	in := text{size: size, to: size, enc: p.enc}
	if p.from == 0 {
		head, err := readAt(f, 0, min(size, charset.SniffBytes))
		if err != nil {
			return text{}, err
		}
		if in.enc, err = sniff(head); err != nil {
			return text{}, err
		}
	}
	if p.lines {
		end, err := lastLineEnd(f, p.from, size, in.enc)
		if err != nil {
			return text{}, err
		}
		if in.to = end; end == p.from && size > end {
			return text{}, errUnfinished
		}
	}
	if err := in.fit(f, p); err != nil {
		return text{}, err
	}
	in.r = io.NewSectionReader(f, in.from, in.to-in.from)
	return in, nil
}

// fit chooses the part of a text that is stored: the newest lines that there is
// room for. Of a line that is longer than that it is the begin: what comes from
// the middle of a line cannot be cleared of secrets.
func (in *text) fit(f io.ReaderAt, p part) error {
	in.begin(p, p.from)
	if in.to-p.from <= p.room {
		return nil
	}
	in.truncated = true
	at := aligned(in.to-p.room, in.enc)
	next, err := nextLine(f, at, in.to, in.enc)
	if err != nil {
		return err
	}
	if next < in.to {
		in.begin(p, next)
		return nil
	}
	begin, err := lastLineEnd(f, max(p.from, at-maxBack), at, in.enc)
	if err != nil {
		return err
	}
	if begin == at-maxBack {
		begin = p.from
	}
	in.begin(p, begin)
	in.to, in.midLine = aligned(begin+p.room, in.enc), true
	return nil
}

// maxBack is how far the begin of a long line is searched.
const maxBack = 256 << 20

// begin sets where the text begins. What is known at the begin of the part
// holds there only.
func (in *text) begin(p part, from int64) {
	in.from, in.first, in.after, in.resumed = from, 0, redact.State{}, false
	if from == p.from {
		in.first, in.after, in.resumed = p.first, p.after, true
	}
}

func aligned(at int64, enc string) int64 { return at - at%width(enc) }

// width is the number of bytes of a line feed.
func width(enc string) int64 {
	if strings.HasPrefix(enc, "utf-16") {
		return 2
	}
	return 1
}

// readAt reads n bytes, or less at the end of the file.
func readAt(f io.ReaderAt, at, n int64) ([]byte, error) {
	buf := make([]byte, n)
	k, err := f.ReadAt(buf, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return buf[:k], nil
}

const step = 64 << 10 // bytes that are searched at once, even

// nextLine is the begin of the first line behind an offset; to when there is
// none before it.
func nextLine(f io.ReaderAt, at, to int64, enc string) (int64, error) {
	for at < to {
		buf, err := readAt(f, at, min(step, to-at))
		if err != nil {
			return 0, err
		}
		if end := lineEnd(buf, enc); end > 0 {
			return at + int64(end), nil
		}
		if len(buf) == 0 {
			return to, nil
		}
		at += int64(len(buf))
	}
	return to, nil
}

// lastLineEnd is the offset behind the last line end before to; from when there
// is none. Both are those of whole characters, but for an odd byte at to.
func lastLineEnd(f io.ReaderAt, from, to int64, enc string) (int64, error) {
	for end := from + aligned(to-from, enc); end > from; {
		begin := max(from, end-step)
		buf, err := readAt(f, begin, end-begin)
		if err != nil {
			return 0, err
		}
		if at := lastEnd(buf, enc); at > 0 {
			return begin + int64(at), nil
		}
		end = begin
	}
	return from, nil
}

// lineEnd is the position after the first line end, or 0.
func lineEnd(b []byte, enc string) int {
	lo, wide := charset.LowByte(enc)
	if !wide {
		return bytes.IndexByte(b, '\n') + 1
	}
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+lo] == '\n' && b[i+1-lo] == 0 {
			return i + 2
		}
	}
	return 0
}

// lastEnd is the position after the last line end, or 0.
func lastEnd(b []byte, enc string) int {
	lo, wide := charset.LowByte(enc)
	if !wide {
		return bytes.LastIndexByte(b, '\n') + 1
	}
	for i := len(b) - len(b)%2 - 2; i >= 0; i -= 2 {
		if b[i+lo] == '\n' && b[i+1-lo] == 0 {
			return i + 2
		}
	}
	return 0
}

// lineCounter counts the line ends that are written to it, in any pieces.
type lineCounter struct {
	enc  string
	n    int64
	odd  byte // the first half of a character
	half bool
}

func (c *lineCounter) Write(p []byte) (int, error) {
	n := len(p)
	lo, wide := charset.LowByte(c.enc)
	if !wide {
		c.n += int64(bytes.Count(p, []byte{'\n'}))
		return n, nil
	}
	if c.half && len(p) > 0 {
		pair := [2]byte{c.odd, p[0]}
		c.pair(pair[:], lo)
		p = p[1:]
		c.half = false
	}
	for ; len(p) > 1; p = p[2:] {
		c.pair(p, lo)
	}
	if len(p) == 1 {
		c.odd, c.half = p[0], true
	}
	return n, nil
}

func (c *lineCounter) pair(p []byte, lo int) {
	if p[lo] == '\n' && p[1-lo] == 0 {
		c.n++
	}
}

// encoding of the redactor for that of the manifest.
func encoding(name string) redact.Encoding {
	switch name {
	case charset.UTF16LE:
		return redact.UTF16LE
	case charset.UTF16BE:
		return redact.UTF16BE
	}
	return redact.Bytes8
}

// pump copies until the text or the context ends.
func pump(ctx context.Context, w io.Writer, r io.Reader) error {
	buf := make([]byte, chunk)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// content gives access to what is to be stored of a file, compressed or not.
type content interface {
	// text prepares a part.
	text(ctx context.Context, p part) (text, error)
	// at reads n bytes at an offset of the text.
	at(ctx context.Context, off, n int64) ([]byte, error)
	// head is the begin, up to markBytes; less when no more can be read.
	head(ctx context.Context) []byte
}

// plainFile is the content of a file as it is.
type plainFile struct {
	io.ReaderAt
	size int64
}

func (f plainFile) text(_ context.Context, p part) (text, error) { return plain(f, f.size, p) }

func (f plainFile) at(_ context.Context, off, n int64) ([]byte, error) {
	if off+n > f.size {
		return nil, fmt.Errorf("read at %d: behind the end", off)
	}
	return readAt(f, off, n)
}

func (f plainFile) head(context.Context) []byte {
	head, _ := readAt(f, 0, min(f.size, markBytes)) // unreadable: like nothing
	return head
}

// contentOf finds out whether a file is compressed, by its first bytes and not
// by its name.
func contentOf(f *os.File, size int64) (content, error) {
	magic, err := readAt(f, 0, min(size, 3))
	if err != nil {
		return nil, err
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b, 8}) {
		return &gzipFile{f: f, size: size}, nil
	}
	return plainFile{f, size}, nil
}
