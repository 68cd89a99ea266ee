package pseudonym

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Sizes of the pieces in which a text is revealed, in characters.
const (
	revealBuffer = 64 << 10
	revealHold   = 4 << 10 // the longest line end that waits for more
)

// Revealer turns pseudonyms back. With the key alone it turns addresses back:
// every one of a text, because all of a strict bundle are pseudonyms. With a
// map it turns back what the map lists, and addresses past its bound.
type Revealer struct {
	book *Book
	ips  *addresses // nil: only addresses that the map lists
	find *Finder
}

// NewRevealer returns a Revealer. Either may be nil.
func NewRevealer(book *Book, key *Key) *Revealer {
	r := &Revealer{book: book, find: NewFinder(Strict, Known{})}
	switch {
	case key != nil && book == nil:
		r.ips = newAddresses(key.derive("address"))
	case book != nil && book.Header.Mode == Strict.String() && book.Partial(Address):
		r.ips = newAddresses(book.key.derive("address"))
	}
	return r
}

// Token is what one pseudonym stands for, or text as it is and false.
func (r *Revealer) Token(text string) (string, bool) {
	out, n := r.line([]byte(text))
	return string(out), n > 0
}

// Copy copies a text and turns back every pseudonym in it, as long as possible
// at each place. Text may be of any 8-bit encoding with ASCII, or UTF-16 that
// begins with a byte order mark. It returns how many it turned back. Memory is
// bounded, whatever the length of a line.
func (r *Revealer) Copy(dst io.Writer, src io.Reader) (int64, error) {
	t := &revealing{Revealer: r, dst: dst, buf: make([]byte, 0, 2*revealBuffer)}
	for {
		n, err := src.Read(t.buf[len(t.buf):cap(t.buf)])
		t.buf = t.buf[:len(t.buf)+n]
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return t.count, fmt.Errorf("read the text: %w", err)
		}
		if end || len(t.buf) == cap(t.buf) {
			if err := t.pass(end); err != nil {
				return t.count, fmt.Errorf("write the text: %w", err)
			}
		}
		if end {
			return t.count, nil
		}
	}
}

// revealing is one text on its way.
type revealing struct {
	*Revealer
	dst     io.Writer
	buf     []byte
	started bool
	wide    byte // 'l' or 'b' of UTF-16, else 0
	count   int64
}

// pass writes what is complete of the buffer, at the end all of it.
func (t *revealing) pass(last bool) error {
	if !t.started {
		t.started = true
		switch {
		case bytes.HasPrefix(t.buf, []byte{0xff, 0xfe}):
			t.wide = 'l'
		case bytes.HasPrefix(t.buf, []byte{0xfe, 0xff}):
			t.wide = 'b'
		}
	}
	unit := 1
	if t.wide != 0 {
		unit = 2
	}
	n := len(t.buf) / unit
	view := t.view(t.buf[:n*unit])
	if !last {
		n = t.cut(view)
	}
	out := t.lines(view[:n], t.buf[:n*unit])
	if last {
		out = append(out, t.buf[n*unit:]...)
		n = len(t.buf)
		unit = 1
	}
	if _, err := t.dst.Write(out); err != nil {
		return err
	}
	t.buf = append(t.buf[:0], t.buf[n*unit:]...)
	return nil
}

// cut is where the buffer may be cut: behind a line, else where no token goes on.
func (t *revealing) cut(view []byte) int {
	if i := bytes.LastIndexByte(view, '\n'); i >= 0 {
		return i + 1
	}
	for i := len(view); i > len(view)-revealHold; i-- {
		if c := view[i-1]; !is(c, label) && bytes.IndexByte([]byte(".:@%/\\"), c) < 0 {
			return i
		}
	}
	return len(view) - revealHold
}

// view has one byte for each character of UTF-16.
func (t *revealing) view(raw []byte) []byte {
	if t.wide == 0 {
		return raw
	}
	out := make([]byte, len(raw)/2)
	for i := range out {
		lo, hi := raw[2*i], raw[2*i+1]
		if t.wide == 'b' {
			lo, hi = hi, lo
		}
		if out[i] = lo; hi != 0 || lo >= 0x80 {
			out[i] = 0x80
		}
	}
	return out
}

// lines turns back what view has; raw is the text that view shows.
func (t *revealing) lines(view, raw []byte) []byte {
	unit := 1
	if t.wide != 0 {
		unit = 2
	}
	out := make([]byte, 0, len(raw)+len(raw)/8)
	for i := 0; i < len(view); {
		end := i + until(view[i:], '\n')
		done := i
		for _, s := range t.spans(view[i:end]) {
			out = append(out, raw[done*unit:(i+s.start)*unit]...)
			out = append(out, t.encode(s.text)...)
			done = i + s.end
			t.count++
		}
		end = min(end+1, len(view))
		out = append(out, raw[done*unit:end*unit]...)
		i = end
	}
	return out
}

// encode writes a value in the encoding of the text.
func (t *revealing) encode(text string) []byte {
	if t.wide == 0 {
		return []byte(text)
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if t.wide == 'l' {
			out = append(out, byte(u), byte(u>>8))
		} else {
			out = append(out, byte(u>>8), byte(u))
		}
	}
	return out
}

// revealed is a span of a line and what it stands for.
type revealed struct {
	start, end int
	text       string
}

func (r *Revealer) line(b []byte) (out []byte, n int) {
	done := 0
	for _, s := range r.spans(b) {
		out = append(append(out, b[done:s.start]...), s.text...)
		done = s.end
		n++
	}
	return append(out, b[done:]...), n
}

// spans finds the pseudonyms of a line.
func (r *Revealer) spans(b []byte) []revealed {
	var out []revealed
	if r.book != nil {
		out = r.names(b)
	}
	if r.ips == nil && (r.book == nil || r.book.Header.Mode != Strict.String()) {
		return out
	}
	all, n := make([]revealed, 0, len(out)), 0
	for _, f := range r.find.Find(b, nil) {
		if f.Class != Address {
			continue
		}
		for n < len(out) && out[n].start < f.Start {
			all = append(all, out[n])
			n++
		}
		if text, ok := r.address(string(b[f.Start:f.End])); ok {
			all = append(all, revealed{f.Start, f.End, text})
		}
	}
	return append(all, out[n:]...)
}

// address turns an address with its tail back.
func (r *Revealer) address(s string) (string, bool) {
	text, tail, _ := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return s, false
	}
	if r.book != nil {
		if got, ok := r.book.Lookup(ip.String()); ok {
			return s[:0] + got + s[len(text):], true
		}
	}
	if r.ips == nil || tail != "" && (&Mapper{addresses: r.ips}).isBlock(ip, "/"+tail) {
		return s, false
	}
	got := r.ips.show(ip)
	return got.String() + s[len(text):], got != ip
}

// names finds pseudonyms of names and GUIDs that the map lists.
func (r *Revealer) names(b []byte) []revealed {
	var out []revealed
	mail := -1 // index of the user of an e-mail address in out
	for i := 0; i < len(b); i++ {
		if b[i] != '-' {
			continue
		}
		s, ok := r.name(b, i)
		if !ok || len(out) > 0 && s.start < out[len(out)-1].end {
			continue
		}
		switch {
		case at(b, s.end) == '@':
			mail = len(out)
		case mail >= 0 && !joined(b, out[len(out)-1].end, s.start):
			mail = -1
		}
		out = append(out, s)
		i = s.end - 1
		if mail >= 0 && mail < len(out)-1 {
			out = r.withoutSuffix(b, out)
		}
	}
	return out
}

// joined reports whether the parts of an e-mail address stand between.
func joined(b []byte, from, to int) bool {
	for _, c := range b[from:to] {
		if !is(c, label) && c != '.' && c != '@' {
			return false
		}
	}
	return true
}

// withoutSuffix takes ".example" off behind the domain of an e-mail address.
func (r *Revealer) withoutSuffix(b []byte, out []revealed) []revealed {
	last := &out[len(out)-1]
	end := last.end
	for end < len(b) && (is(b[end], label) || b[end] == '.' && is(at(b, end+1), word)) {
		end++
	}
	if rest := string(b[last.end:end]); strings.HasSuffix(rest, mailSuffix) && !strings.Contains(rest, "."+prefixDomain) {
		last.text += strings.TrimSuffix(rest, mailSuffix)
		last.end = end
	}
	return out
}

// name looks at the '-' at i of a pseudonym.
func (r *Revealer) name(b []byte, i int) (revealed, bool) {
	for _, p := range [...]string{prefixHost, prefixDomain, prefixUser} {
		start, end := i+1-len(p), i+1+tokenLen
		if startsFold(b, start, p) && end <= len(b) {
			if value, ok := r.book.Lookup(strings.ToLower(string(b[start:end]))); ok {
				return revealed{start, end, value}, true
			}
			return revealed{}, false
		}
	}
	if i < 8 || i+28 > len(b) || b[i+5] != '-' || b[i+10] != '-' || b[i+15] != '-' {
		return revealed{}, false
	}
	text := string(b[i-8 : i+28])
	value, ok := r.book.Lookup(strings.ToLower(text))
	if ok && utf8.ValidString(text) {
		if raw, good := parseGUID(value); good {
			value = likeGUID(text, raw)
		}
	}
	return revealed{i - 8, i + 28, value}, ok
}
