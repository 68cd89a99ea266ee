package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// text is what is to be stored of a file: from offset from up to its size.
type text struct {
	r          io.Reader
	from, size int64
	enc        string // of the manifest
	damaged    bool   // the file goes on, but cannot be unpacked
}

// plain prepares a file that is stored as it is: all of it, or its tail from a
// line's begin on.
func plain(f *os.File, size, room int64) (text, error) {
	head := make([]byte, sniffBytes)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return text{}, err
	}
	enc, ok := Sniff(head[:n])
	if !ok {
		return text{}, errBinary
	}
	in := text{size: size, enc: enc}
	if size > room {
		if in.from, err = lineAfter(f, size-room, size, enc); err != nil {
			return text{}, err
		}
	}
	in.r = io.NewSectionReader(f, in.from, size-in.from)
	return in, nil
}

// lineAfter is the begin of the first line after an offset; the offset itself
// when there is none nearby.
func lineAfter(r io.ReaderAt, from, size int64, enc string) (int64, error) {
	unit := int64(1)
	if strings.HasPrefix(enc, "utf-16") {
		unit = 2
	}
	from -= from % unit
	buf := make([]byte, min(1<<20, size-from))
	n, err := r.ReadAt(buf, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if end := lineEnd(buf[:n], enc); end > 0 && from+int64(end) < size {
		return from + int64(end), nil
	}
	return from, nil
}

// lineEnd is the position after the first line end, or 0.
func lineEnd(b []byte, enc string) int {
	switch enc {
	case "utf-16le", "utf-16be":
		lo := 0
		if enc == "utf-16be" {
			lo = 1
		}
		for i := 0; i+1 < len(b); i += 2 {
			if b[i+lo] == '\n' && b[i+1-lo] == 0 {
				return i + 2
			}
		}
		return 0
	}
	return bytes.IndexByte(b, '\n') + 1
}

// unpacked prepares a gzip file: it is stored unpacked, and of a large one the
// tail. Its size is only known after a first pass. A file that is cut off or
// damaged is taken as far as it can be unpacked.
func unpacked(ctx context.Context, f *os.File, size, room int64) (text, error) {
	src := io.NewSectionReader(f, 0, size)
	z, err := gzip.NewReader(src)
	if err != nil {
		return text{}, fmt.Errorf("unpack: %w", err)
	}
	head := make([]byte, sniffBytes)
	n, _ := io.ReadFull(z, head)
	enc, ok := Sniff(head[:n])
	if !ok {
		return text{}, errBinary
	}
	total, damaged, err := count(ctx, z)
	if err != nil {
		return text{}, err
	}
	total += int64(n)
	in := text{size: total, enc: enc, damaged: damaged}
	if total > room {
		in.from = total - room
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return text{}, err
	}
	if err := z.Reset(src); err != nil {
		return text{}, fmt.Errorf("unpack: %w", err)
	}
	if in.from > 0 {
		if in.from, in.r, err = skip(&prefix{z, total}, in.from, enc); err != nil {
			return text{}, err
		}
		return in, nil
	}
	in.r = &prefix{z, total}
	return in, nil
}

// count reads to the end, or to where no more can be unpacked.
func count(ctx context.Context, r io.Reader) (total int64, damaged bool, err error) {
	buf := make([]byte, chunk)
	for total < maxUnpacked {
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		n, err := r.Read(buf)
		total += int64(n)
		if err != nil {
			return total, !errors.Is(err, io.EOF), nil
		}
	}
	return total, true, nil
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

// skip passes over from bytes and up to the next line.
func skip(r io.Reader, from int64, enc string) (int64, io.Reader, error) {
	from -= from % 2
	if _, err := io.CopyN(io.Discard, r, from); err != nil {
		return 0, nil, fmt.Errorf("unpack: %w", err)
	}
	buf := make([]byte, chunk)
	n, err := io.ReadFull(r, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("unpack: %w", err)
	}
	end := lineEnd(buf[:n], enc)
	return from + int64(end), io.MultiReader(bytes.NewReader(buf[end:n]), r), nil
}
