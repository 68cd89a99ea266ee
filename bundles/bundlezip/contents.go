package bundlezip

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
)

var (
	errNotDir = errors.New("not a directory")
	errIsDir  = errors.New("is a directory")
)

// inflater is the reusable part of an open file.
type inflater struct {
	buf   *bufio.Reader
	flate io.ReadCloser
}

// inflater starts to inflate src; put gives it back.
func (r *Reader) inflater(src io.Reader) (*inflater, error) {
	f, ok := r.pool.Get().(*inflater)
	if !ok {
		f = &inflater{buf: bufio.NewReaderSize(src, bufferSize)}
		f.flate = flate.NewReader(f.buf)
		return f, nil
	}
	f.buf.Reset(src)
	return f, f.flate.(flate.Resetter).Reset(f.buf, nil)
}

// contents is an open file.
type contents struct {
	r    *Reader
	e    *entry
	at   int64 // offset of the compressed bytes
	src  io.Reader
	infl *inflater
	crc  uint32
	n    int64
	err  error

	pieces  *pieces // in use; nil: src is read
	lie     error   // what is wrong with the restart points
	whole   bool    // read to its end
	skipped bool    // not from its beginning
	begun   bool    // something was read
}

func (r *Reader) contents(e *entry) (*contents, error) {
	off, err := e.offset()
	if err != nil {
		return nil, err
	}
	if e.method != zipform.MethodStore && e.method != zipform.MethodDeflate {
		return nil, fmt.Errorf("compression method %s is not supported", methodName(e.method))
	}
	return &contents{r: r, e: e, at: off}, nil
}

// begin decides how the entry is read: by pieces, as one piece, or sequentially.
func (c *contents) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	if c.pieces == nil {
		c.pieces = c.onePiece()
	}
	if c.pieces == nil {
		return c.sequential()
	}
	return nil
}

// sequential begins to read the entry from its beginning, as a stream.
func (c *contents) sequential() (err error) {
	section := io.NewSectionReader(c.r.ra, c.at, c.e.packed)
	if c.src = section; c.e.method == zipform.MethodDeflate {
		if c.infl, err = c.r.inflater(section); err == nil {
			c.src = c.infl.flate
		}
	}
	return err
}

func (c *contents) Stat() (fs.FileInfo, error) { return fileInfo{c.e}, nil }

// Close makes further reads fail.
func (c *contents) Close() error {
	if c.infl != nil {
		c.r.pool.Put(c.infl)
	}
	if c.pieces != nil {
		c.pieces.close()
	}
	c.infl, c.src, c.pieces, c.err = nil, nil, nil, fs.ErrClosed
	return nil
}

func (c *contents) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.read(p)
	c.n += int64(n)
	c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
	if limit := c.r.account(c.e, c.n); limit != nil {
		err = limit
	} else if c.n > c.e.size {
		n -= int(c.n - c.e.size)
		err = bundles.ErrChecksum
	} else if err == io.EOF {
		err = c.end()
	}
	c.err = err
	return n, err
}

func (c *contents) read(p []byte) (int, error) {
	if err := c.begin(); err != nil {
		return 0, err
	}
	if c.pieces != nil {
		return c.readPieces(p)
	}
	return c.src.Read(p)
}

// end judges the end of the compressed stream.
func (c *contents) end() error {
	if c.n < c.e.size {
		return io.ErrUnexpectedEOF
	}
	if c.skipped {
		return io.EOF
	}
	if c.crc != c.e.crc {
		return bundles.ErrChecksum
	}
	c.whole = true
	switch {
	case c.pieces == nil:
	case c.pieces.single:
		c.pieces.close()
	default:
		c.e.proven.Store(&c.pieces.borders)
	}
	return io.EOF
}

// account books that an entry was inflated up to n. What was booked before is
// free, so that a bundle may be read more than once.
func (r *Reader) account(e *entry, n int64) error {
	high := e.high.Load()
	for n > high && !e.high.CompareAndSwap(high, n) {
		high = e.high.Load()
	}
	if n <= high {
		return nil
	}
	total := r.out.Add(n - high)
	switch {
	case total > MaxOut:
		return fmt.Errorf("%w: more than %d bytes", ErrLimit, int64(MaxOut))
	case total > RatioFloor && total/MaxRatio > r.size:
		return fmt.Errorf("%w: inflates to more than %d times its size", ErrLimit, MaxRatio)
	case n > RatioFloor && n/MaxRatio > e.packed:
		return fmt.Errorf("%w: entry inflates to more than %d times its size", ErrLimit, MaxRatio)
	}
	return nil
}

// methodName names the methods that other programs use.
func methodName(method uint16) string {
	name := "unknown"
	switch method {
	case 9:
		name = "Deflate64"
	case 12:
		name = "bzip2"
	case 14:
		name = "LZMA"
	case 93:
		name = "zstd"
	case 95:
		name = "xz"
	case 98:
		name = "PPMd"
	}
	return fmt.Sprintf("%d (%s)", method, name)
}
