package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/asrdiag/asrdiag/collector/internal/charset"
)

// gzipFile is the content of a gzip file, unpacked as it is read.
type gzipFile struct {
	f    io.ReaderAt
	size int64
}

func (g *gzipFile) open() (*gzip.Reader, error) {
	z, err := gzip.NewReader(io.NewSectionReader(g.f, 0, g.size))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return z, nil
}

// text prepares the unpacked text, of which the size is only known after a
// first pass. A file that is cut off or damaged is taken as far as it can be
// unpacked.
func (g *gzipFile) text(ctx context.Context, p part) (text, error) {
	z, err := g.open()
	if err != nil {
		return text{}, err
	}
	in := text{enc: p.enc, packed: true}
	head := make([]byte, charset.SniffBytes)
	n, _ := io.ReadFull(z, head) // count meets the error again
	if p.from == 0 {
		if in.enc, err = sniff(head[:n]); err != nil {
			return text{}, err
		}
	}
	rest, damaged, err := count(ctx, z)
	if err != nil {
		return text{}, err
	}
	in.size, in.damaged = int64(n)+rest, damaged
	in.to = in.size
	if in.to < p.from {
		return text{}, fmt.Errorf("unpack: it has %d bytes, less than before", in.to)
	}
	return in, g.fit(ctx, &in, p)
}

// fit is text.fit for what can only be read from its begin.
func (g *gzipFile) fit(ctx context.Context, in *text, p part) error {
	in.begin(p, p.from)
	at := p.from
	if in.truncated = in.to-p.from > p.room; in.truncated {
		at = aligned(in.to-p.room, in.enc)
	}
	z, err := g.open()
	if err != nil {
		return err
	}
	r := &prefix{z, in.to}
	lines := lineCounter{enc: in.enc}
	if err := pump(ctx, &lines, io.LimitReader(r, at)); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	in.r = r
	if !in.truncated {
		return nil
	}
	rest, n, err := skipLine(ctx, r, in.enc)
	switch {
	case err != nil:
		return fmt.Errorf("unpack: %w", err)
	case at+n < in.to:
		in.begin(p, at+n)
		in.r, in.first = rest, lines.n+2
		return nil
	}
	// one line is longer than the room
	in.to, in.midLine = aligned(p.from+p.room, in.enc), true
	in.r = &later{open: func() (io.Reader, error) { return g.from(ctx, p.from, in.to) }}
	return nil
}

// from reads the text from one offset to another.
func (g *gzipFile) from(ctx context.Context, from, to int64) (io.Reader, error) {
	z, err := g.open()
	if err != nil {
		return nil, err
	}
	return io.LimitReader(z, to-from), pump(ctx, io.Discard, io.LimitReader(z, from))
}

func (g *gzipFile) at(ctx context.Context, off, n int64) ([]byte, error) {
	r, err := g.from(ctx, off, off+n)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, n)
	_, err = io.ReadFull(r, buf)
	return buf, err
}

func (g *gzipFile) head(context.Context) []byte {
	z, err := g.open()
	if err != nil {
		return nil
	}
	buf := make([]byte, markBytes)
	n, _ := io.ReadFull(z, buf) // what can be unpacked
	return buf[:n]
}

// prefix reads the first n bytes, which are known to be readable; what comes
// after them may be damaged.
type prefix struct {
	r io.Reader
	n int64
}

func (p *prefix) Read(b []byte) (int, error) {
	if p.n <= 0 {
		return 0, io.EOF
	}
	n, err := p.r.Read(b[:min(int64(len(b)), p.n)])
	if p.n -= int64(n); p.n <= 0 {
		err = nil
	}
	return n, err
}

// later opens a reader when it is first read.
type later struct {
	open func() (io.Reader, error)
	r    io.Reader
}

func (l *later) Read(p []byte) (n int, err error) {
	if l.r == nil {
		if l.r, err = l.open(); err != nil {
			return 0, err
		}
	}
	return l.r.Read(p)
}

// count reads to the end, or to where no more can be unpacked, and says why.
func count(ctx context.Context, r io.Reader) (total int64, damaged string, err error) {
	buf := make([]byte, chunk)
	for total < maxUnpacked {
		if err := ctx.Err(); err != nil {
			return 0, "", err
		}
		n, err := r.Read(buf)
		total += int64(n)
		if errors.Is(err, io.EOF) {
			return total, "", nil
		}
		if err != nil {
			return total, "cut off or damaged", nil
		}
	}
	return total, "more than is unpacked of one file", nil
}

// skipLine passes over the rest of a line and its end. It returns the reader of
// what follows and how many bytes it passed over: all, when no line ends.
func skipLine(ctx context.Context, r io.Reader, enc string) (io.Reader, int64, error) {
	buf, n := make([]byte, step), int64(0)
	for ctx.Err() == nil {
		k, err := io.ReadFull(r, buf)
		if end := lineEnd(buf[:k], enc); end > 0 {
			return io.MultiReader(bytes.NewReader(buf[end:k]), r), n + int64(end), nil
		}
		n += int64(k)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, n, nil
		}
		if err != nil {
			return nil, n, err
		}
	}
	return nil, n, ctx.Err()
}
