package pseudonym

import (
	"bytes"
	"cmp"
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

// Revealer turns pseudonyms back. With maps it turns back what these list, and
// addresses past the bound of one. With a key it turns back every other address,
// because all of a strict bundle are pseudonyms. It is not safe for concurrent use.
type Revealer struct {
	// Unknown is told each pseudonym that stays, as often as it is met: of a name
	// or a GUID by its form, of an address when a map of a strict bundle is there
	// and does not list it, or when maps of different keys list different ones.
	Unknown func(token string)

	books []*Book
	ips   []*addresses // of keys whose addresses need not be listed
	own   *addresses   // of the first strict map: which addresses are pseudonyms
	find  *Finder
	write func(string) string // of a value, into the text
}

// NewRevealer returns a Revealer of maps and a key, which may be nil.
func NewRevealer(books []*Book, key *Key) *Revealer {
	r := &Revealer{Unknown: func(string) {}, books: books, find: NewFinder(Strict, Known{}), write: plainly}
	keys := map[Key]bool{}
	for _, b := range books {
		if b.Header.Mode != Strict.String() {
			continue
		}
		if ips := newAddresses(b.key.derive("address")); r.own == nil {
			r.own = ips
		}
		if b.Partial(Address) {
			keys[b.key] = true
		}
	}
	if key != nil {
		keys[*key] = true
	}
	for k := range keys {
		r.ips = append(r.ips, newAddresses(k.derive("address")))
	}
	return r
}

// Token is what one pseudonym stands for, or text as it is and false.
func (r *Revealer) Token(text string) (string, bool) {
	out, n := r.line([]byte(text))
	return string(out), n > 0
}

// lookup is the value of a token; other is set when maps disagree.
func (r *Revealer) lookup(token string) (value string, ok, other bool) {
	for _, b := range r.books {
		switch got, has := b.Lookup(token); {
		case has && ok && got != value:
			return "", false, true
		case has:
			value, ok = got, true
		}
	}
	return value, ok, false
}

// Copy copies a text and turns back every pseudonym in it, as long as possible
// at each place. Text may be of any 8-bit encoding with ASCII, or UTF-16, with a
// byte order mark or two characters of ASCII at its begin. In JSON and in a page, values are written as
// such a text has them. It returns how many it turned back. Memory is bounded,
// whatever the length of a line.
func (r *Revealer) Copy(dst io.Writer, src io.Reader) (int64, error) {
	defer func() { r.write = plainly }()
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
	first := !t.started
	if first {
		t.started = true
		switch {
		case bytes.HasPrefix(t.buf, []byte{0xff, 0xfe}):
			t.wide = 'l'
		case bytes.HasPrefix(t.buf, []byte{0xfe, 0xff}):
			t.wide = 'b'
		case len(t.buf) > 3 && t.buf[1] == 0 && t.buf[3] == 0 && t.buf[0] != 0:
			t.wide = 'l' // without a mark
		case len(t.buf) > 3 && t.buf[0] == 0 && t.buf[2] == 0 && t.buf[1] != 0:
			t.wide = 'b'
		}
	}
	unit := 1
	if t.wide != 0 {
		unit = 2
	}
	n := len(t.buf) / unit
	view := t.view(t.buf[:n*unit])
	if first {
		t.write = writingOf(view)
	}
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
			out = add(add(out, raw[done*unit:(i+s.start)*unit]), t.encode(s.text))
			done = i + s.end
			t.count++
		}
		end = min(end+1, len(view))
		out = add(out, raw[done*unit:end*unit])
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
		out = addText(add(out, b[done:s.start]), s.text)
		done = s.end
		n++
	}
	return add(out, b[done:]), n
}

// spans finds the pseudonyms of a line.
func (r *Revealer) spans(b []byte) []revealed {
	var out []revealed
	if len(r.books) > 0 {
		out = r.names(b)
	}
	if len(r.ips) == 0 && r.own == nil {
		return out
	}
	all, n := make([]revealed, 0, len(out)), 0
	for _, f := range r.find.Find(withoutEscapes(b), nil) {
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

// withoutEscapes is a line with blanks for the escapes in it: the last character of
// \t10.1.2.3 is no letter before the address. \b and \f stay: an address of IPv6
// may begin so behind a backslash.
func withoutEscapes(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := bytes.Clone(b)
	for i := range out {
		size := 0
		switch c := at(out, i+1); {
		case out[i] != '\\':
		case c == 'u':
			size = 6
		case c == 'x':
			size = 4
		case c == 'n' || c == 'r' || c == 't' || c == 'v':
			size = 2
		}
		copy(out[i:], "      "[:min(size, len(b)-i)])
	}
	return out
}

// address turns an address with its tail back.
func (r *Revealer) address(s string) (string, bool) {
	if raw := bareAddress(s); raw != nil {
		return r.showBare(s, raw)
	}
	if n := wildcard(s); n > 0 {
		got, ok, other := r.lookup(s)
		if ip, err := netip.ParseAddr(blockOf(s, n)); !ok && !other && err == nil && len(r.ips) == 1 {
			got = firstParts(r.ips[0].show(ip).String(), n)
			ok = got != s
		}
		return cmp.Or(got, s), ok
	}
	text, tail, _ := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return s, false
	}
	got, ok, other := r.lookup(ip.String())
	if ok {
		return got + s[len(text):], true
	}
	if len(r.ips) == 1 && !other {
		if tail != "" && (&Mapper{addresses: r.ips[0]}).isBlock(ip, "/"+tail) {
			return s, false
		}
		got := r.ips[0].show(ip)
		return got.String() + s[len(text):], got != ip
	}
	if any := cmp.Or(r.own, r.first()); any.show(ip) != ip && (tail == "" || !(&Mapper{addresses: any}).isBlock(ip, "/"+tail)) {
		r.Unknown(text)
	}
	return s, false
}

// first is one of the keys, nil for none.
func (r *Revealer) first() *addresses {
	if len(r.ips) == 0 {
		return nil
	}
	return r.ips[0]
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

// writingOf is how values stand in a text: by its first character in JSON, in a
// page, or plainly.
func writingOf(text []byte) func(string) string {
	switch text = bytes.TrimLeft(text, "\xef\xbb\xbf\x80 \t\r\n"); at(text, 0) {
	case '{', '[':
		return inJSON
	case '<':
		return inPage
	}
	return plainly
}

// plainly takes out of a value what would steer a terminal.
func plainly(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return '?'
		}
		return c
	}, s)
}

func inJSON(s string) string { return replaced(plainly(s), `\`, `\\`, `"`, `\"`) }

func inPage(s string) string {
	return replaced(plainly(s), "&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")
}

// replaced is a text with each first one of a pair as the second, one pair after the
// other; smaller than strings.Replacer.
func replaced(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

// name looks at the '-' at i of a pseudonym.
func (r *Revealer) name(b []byte, i int) (revealed, bool) {
	for _, p := range [...]string{prefixHost, prefixDomain, prefixUser} {
		start, end := i+1-len(p), i+1+tokenLen
		if startsFold(b, start, p) && end <= len(b) {
			token := strings.ToLower(string(b[start:end]))
			value, ok, _ := r.lookup(token)
			if !ok && strings.Trim(token[len(p):], alphabet) == "" && !is(at(b, end), word) {
				r.Unknown(token)
			}
			return revealed{start, end, r.write(value)}, ok
		}
	}
	if f := (search{b: b}); f.isSID(i) {
		end := f.sidEnd(i)
		value, ok, _ := r.lookup(strings.ToUpper(string(b[i-3 : max(i, end)])))
		return revealed{i - 3, end, value}, ok
	}
	if i < 8 || i+28 > len(b) || b[i+5] != '-' || b[i+10] != '-' || b[i+15] != '-' {
		return revealed{}, false
	}
	text := string(b[i-8 : i+28])
	value, ok, _ := r.lookup(strings.ToLower(text))
	if raw, good := parseGUID([]byte(text)); !ok && good && raw[6]>>4 == 8 {
		r.Unknown(strings.ToLower(text))
	}
	if ok && utf8.ValidString(text) {
		if raw, good := parseGUID([]byte(value)); good {
			value = string(appendGUID(nil, raw, []byte(text)))
		}
	}
	return revealed{i - 8, i + 28, value}, ok
}
