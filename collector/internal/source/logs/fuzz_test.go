package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/asrdiag/asrdiag/collector/internal/charset"
)

// FuzzText cuts foreign bytes, packed or not, at any size: what is chosen lies
// inside of the text, fits, begins at a line and can be read.
func FuzzText(f *testing.F) {
	var t testing.T
	f.Add([]byte(lines(20)), int64(100), int64(0), true)
	f.Add(wide(lines(20)), int64(101), int64(7), false)
	f.Add([]byte("no end"), int64(3), int64(0), true)
	f.Add(gz(&t, lines(20)), int64(100), int64(0), false)
	f.Add(append(gz(&t, "a\n"), gz(&t, lines(3))...), int64(50), int64(1), true)
	f.Add(gz(&t, lines(20))[:60], int64(1000), int64(0), false)
	f.Add([]byte{0x1f, 0x8b, 8, 0}, int64(9), int64(0), false)
	f.Fuzz(func(t *testing.T, raw []byte, room, from int64, wholeLines bool) {
		if room < 1 || room > 1<<20 || from < 0 || from > int64(len(raw)) {
			return
		}
		p := part{from: from, first: 1, room: room, lines: wholeLines, enc: "utf-8"}
		var c content = plainFile{bytes.NewReader(raw), int64(len(raw))}
		if bytes.HasPrefix(raw, []byte{0x1f, 0x8b, 8}) {
			c = &gzipFile{bytes.NewReader(raw), int64(len(raw))}
		}
		in, err := c.text(context.Background(), p)
		if err != nil {
			return
		}
		checkText(t, c, p, in)
	})
}

func checkText(t *testing.T, c content, p part, in text) {
	t.Helper()
	if in.from < p.from || in.to < in.from || in.to > in.size || in.to-in.from > p.room {
		t.Fatalf("part %d-%d of %d, from %d with room %d", in.from, in.to, in.size, p.from, p.room)
	}
	got, err := io.ReadAll(in.r)
	if err != nil || int64(len(got)) != in.to-in.from {
		t.Fatalf("%d bytes, %v, want %d", len(got), err, in.to-in.from)
	}
	all, err := c.at(context.Background(), 0, in.to)
	if err != nil || !bytes.Equal(all[in.from:], got) {
		t.Fatalf("what is read is not the part: %v", err)
	}
	if w := width(in.enc); in.from > p.from && w == 1 && all[in.from-1] != '\n' {
		t.Fatalf("it begins at %d, inside of a line", in.from)
	}
	if n := int64(bytes.Count(all[:in.from], []byte{'\n'})) + 1; in.first != 0 && p.from == 0 && width(in.enc) == 1 && in.first != n {
		t.Fatalf("first line %d, want %d", in.first, n)
	}
}

// FuzzLines counts lines of every encoding in pieces and as a whole, and finds
// the first and the last.
func FuzzLines(f *testing.F) {
	for _, s := range []string{"", "plain\n", "\xff\xfea\x00\n\x00", "\xfe\xff\x00a", "\xef\xbb\xbfx", "\x7fELF", "d\xfc\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		enc, _ := charset.Sniff(head)
		lines := lineCounter{enc: enc}
		for _, b := range head { // in the smallest pieces
			_, _ = lines.Write([]byte{b})
		}
		whole := lineCounter{enc: enc}
		_, _ = whole.Write(head)
		if lines.n != whole.n {
			t.Errorf("%d lines in pieces, %d in one", lines.n, whole.n)
		}
		r := bytes.NewReader(head)
		size := int64(len(head))
		last, err := lastLineEnd(r, 0, size, enc)
		if err != nil || whole.n == 0 != (last == 0) {
			t.Errorf("last line end %d of %d lines, %v", last, whole.n, err)
		}
		if next, err := nextLine(r, 0, size, enc); err != nil && !errors.Is(err, io.EOF) || whole.n > 0 && next > last {
			t.Errorf("next line %d, last %d, %v", next, last, err)
		}
	})
}
