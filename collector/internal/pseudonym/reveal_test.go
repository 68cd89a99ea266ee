package pseudonym

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// mapped makes a strict text of a plain one, and the map of it.
func mapped(t testing.TB, mode Mode, text string) (string, *bytes.Buffer) {
	t.Helper()
	book := new(bytes.Buffer)
	w, err := NewMapWriter(book, Key{6}, mode)
	if err != nil {
		t.Fatal(err)
	}
	m, f := NewMapper(Key{6}, Options{Map: w}), NewFinder(mode, Known{Hosts: []string{"ps01.contoso.com"}})
	var out []byte
	for line := range strings.Lines(text) {
		done := 0
		for _, id := range f.Find([]byte(line), nil) {
			out = append(out, line[done:id.Start]...)
			out = m.Append(out, id.Class, []byte(line[id.Start:id.End]))
			done = id.End
		}
		out = append(out, line[done:]...)
	}
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	return string(out), book
}

func readBook(t testing.TB, raw []byte) *Book {
	t.Helper()
	b, err := ReadBook(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func reveal(t testing.TB, r *Revealer, text string) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := r.Copy(&out, iotest.HalfReader(strings.NewReader(text))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const letter1 = "ps01.contoso.com (10.1.2.3/24, 2001:db8::7%4) told bob@contoso.com, CONTOSO\\bob and c\\n\n" +
	"id 5f0c8a1e-2b7d-4c93-9a1b-0123456789ab = {5F0C8A1E-2B7D-4C93-9A1B-0123456789AB}, C:\\Users\\alice\\x, \\\\ps01\\share, bob@a.b.contoso.kunde\n" +
	"https://acct.blob.core.windows.net/box-1/x 52.1.2.3:443 and [fe80::1]:9 from 127.0.0.1 version 9.61.1.2 to 0.0.0.0\n"

// TestRevealForms turns back what is written in other forms than names and
// addresses have: of network cards, in hexadecimal, behind escapes.
func TestRevealForms(t *testing.T) {
	text := "mac 00:15:5d:01:02:03, 00-15-5D-01-02-03 mac=00155D010203 ip=0a010203 u=http%3A%2F%2F10.1.2.3%2Fx%20172.16.9.9%3A443 %2F2001:db8::7 from ip-10-1-2-3 and ip_10_1_2_4, S-1-5-21-1004336348-1177238915-682003330-1104, 10.1.3.*;10.1.*, MAC=00:15:5d:01:02:03:00:15:5d:01:02:04:08:00 CN=web,DC=fabrikam,DC=com\n"
	out, raw := mapped(t, Strict, text)
	for _, s := range []string{"5d:01:02:03", "5D-01-02-03", "5D010203", "0a010203", "10.1.2.3", "172.16.9.9", "db8::7", "10-1-2-3", "10_1_2_4", "1004336348", "10.1.", "02:04", "fabrikam", "=web"} {
		if strings.Contains(out, s) {
			t.Errorf("%q is in %q", s, out)
		}
	}
	r := NewRevealer([]*Book{readBook(t, raw.Bytes())}, nil)
	if got := reveal(t, r, out); got != text {
		t.Errorf("revealed: %q, want %q", got, text)
	}
	k := Key{6}
	if got := reveal(t, NewRevealer(nil, &k), out); !strings.Contains(got, "10.1.3.*;10.1.*") || !strings.Contains(got, "ip=0a010203 ") || !strings.Contains(got, "%2F10.1.2.3%2Fx") {
		t.Errorf("revealed with the key alone: %q", got)
	}
}

// TestRevealEscaped turns addresses back that stand behind an escape, as in the
// JSON of a report, whose letter is none of theirs.
func TestRevealEscaped(t *testing.T) {
	plain := "10.1.2.3 52.1.2.3 fd12:3456:789a:1::25"
	hidden, raw := mapped(t, Strict, plain)
	r := NewRevealer([]*Book{readBook(t, raw.Bytes())}, nil)
	was, is := strings.Fields(plain), strings.Fields(hidden)
	for _, form := range []string{`{"x":"a\t%\n%\r\n%"}`, `{"x":"\u0022%\u0022 \\%\\x"}`, `{"x":"\\t%\\n%"}`, `"\x22%\x22"`, `\\%\share \t%,%`} {
		for i := range was {
			text, want := strings.ReplaceAll(form, "%", is[i]), strings.ReplaceAll(form, "%", was[i])
			if got := reveal(t, r, text); got != want {
				t.Errorf("revealed %s of %s, want %s", got, text, want)
			}
		}
	}
}

// TestRevealUnmarked turns back UTF-16 that has no byte order mark.
func TestRevealUnmarked(t *testing.T) {
	hidden, raw := mapped(t, Strict, letter1)
	r := NewRevealer([]*Book{readBook(t, raw.Bytes())}, nil)
	want := widen(reveal(t, r, hidden))[2:]
	if got := reveal(t, r, widen(hidden)[2:]); got != want {
		t.Errorf("low bytes first: %q", got)
	}
	if got := reveal(t, r, swap(widen(hidden)[2:])); got != swap(want) {
		t.Errorf("high bytes first: %q", got)
	}
}

// swap exchanges each two bytes.
func swap(s string) string {
	out := []byte(s)
	for i := 0; i+1 < len(out); i += 2 {
		out[i], out[i+1] = out[i+1], out[i]
	}
	return string(out)
}

func TestReveal(t *testing.T) {
	for _, mode := range []Mode{Standard, Strict} {
		hidden, book := mapped(t, mode, letter1)
		secrets := []string{"bob", "alice", "acct", "5f0c8a1e", "contoso.kunde"}
		if mode == Strict {
			secrets = append(secrets, "ps01", "contoso", "10.1.2.3", "52.1.2.3", "db8::7", "fe80::1]")
		}
		for _, s := range secrets {
			if strings.Contains(strings.ToLower(hidden), s) {
				t.Errorf("%s mode: %q is in %s", mode, s, hidden)
			}
		}
		r := NewRevealer([]*Book{readBook(t, book.Bytes())}, nil)
		// The first spelling of a name counts; a text has one spelling here.
		got := reveal(t, r, hidden)
		if !strings.EqualFold(got, letter1) {
			t.Errorf("%s mode: got\n%s want\n%s of\n%s", mode, got, letter1, hidden)
		}
		if n := len(hidden); n > 0 {
			if wide := reveal(t, r, widen(hidden)); !strings.EqualFold(wide, widen(got)) {
				t.Errorf("%s mode: UTF-16 is not revealed as 8-bit text is", mode)
			}
		}
	}
}

// widen makes UTF-16 with a byte order mark.
func widen(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

// TestRevealByKey: with the key alone addresses come back, names do not.
func TestRevealByKey(t *testing.T) {
	hidden, _ := mapped(t, Strict, "ps01 at 10.1.2.3 and 2001:db8::7 in 10.0.0.0/8\n")
	got := reveal(t, NewRevealer(nil, &Key{6}), hidden)
	if !strings.HasPrefix(got, "host-") || !strings.HasSuffix(got, " at 10.1.2.3 and 2001:db8::7 in 10.0.0.0/8\n") {
		t.Errorf("got %s", got)
	}
}

// TestRevealListed: addresses that are no pseudonyms stay, as long as the map lists all.
func TestRevealListed(t *testing.T) {
	hidden, book := mapped(t, Strict, "10.1.2.3\n")
	text := strings.TrimSpace(hidden) + " in 203.0.113.9\n"
	if got := reveal(t, NewRevealer([]*Book{readBook(t, book.Bytes())}, nil), text); got != "10.1.2.3 in 203.0.113.9\n" {
		t.Errorf("got %s", got)
	}
	book.WriteString(`{"token":"","value":"","class":"address"}` + "\n")
	if got := reveal(t, NewRevealer([]*Book{readBook(t, book.Bytes())}, nil), text); !strings.HasPrefix(got, "10.1.2.3 in ") || strings.Contains(got, "203.0.113.9") {
		t.Errorf("got %s from a map that does not list all", got)
	}
}

// TestRevealPieces: where a long line is cut changes nothing.
func TestRevealPieces(t *testing.T) {
	hidden, book := mapped(t, Strict, "ps01.contoso.com 10.1.2.3 bob@contoso.com\n")
	hidden = strings.TrimSpace(hidden) + " "
	r := NewRevealer([]*Book{readBook(t, book.Bytes())}, nil)
	want := reveal(t, r, hidden)
	for _, pad := range []int{0, 1, 7, 20} {
		n := 3 * revealBuffer / len(hidden)
		got := reveal(t, r, strings.Repeat("x", pad)+" "+strings.Repeat(hidden, n))
		if got != strings.Repeat("x", pad)+" "+strings.Repeat(want, n) {
			t.Errorf("with %d bytes before, a line of %d repetitions is not revealed as one is", pad, n)
		}
	}
	if _, ok := r.Token("nothing"); ok {
		t.Error("a word was revealed")
	}
	if got, ok := r.Token(strings.Fields(hidden)[0]); !ok || got != "ps01.contoso.com" {
		t.Errorf("Token = %q, %v", got, ok)
	}
}

// TestBookDamaged: what a kill leaves is read, what is no map is not.
func TestBookDamaged(t *testing.T) {
	hidden, book := mapped(t, Strict, "ps01\n")
	whole := book.Bytes()
	b := readBook(t, append(bytes.Clone(whole), `{"token":"host-a`...))
	if b.Skipped != 1 {
		t.Errorf("skipped %d lines, want 1", b.Skipped)
	}
	if v, ok := b.Lookup(strings.TrimSpace(hidden)); !ok || v != "ps01" {
		t.Errorf("Lookup = %q, %v", v, ok)
	}
	for name, raw := range map[string]string{
		"empty": "", "text": "hello\n", "no header": MapFirstLine + "{}\n", "version": strings.Replace(string(whole), `"version":1`, `"version":2`, 1),
		"key": strings.Replace(string(whole), keyLabel, "x ", 1), "long line": string(whole) + strings.Repeat("x", 2*maxMapLine),
	} {
		if _, err := ReadBook(strings.NewReader(raw), int64(len(raw))); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
}

// TestMapTold: every value once, in words first, addresses up to a bound.
func TestMapTold(t *testing.T) {
	_, book := mapped(t, Strict, strings.Repeat("ps01 10.1.2.3\n", 5))
	lines := strings.Split(strings.TrimSpace(book.String()), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "DO NOT SEND") || !strings.Contains(lines[1], `"mode":"strict"`) {
		t.Errorf("the map is\n%s", book)
	}
	var out bytes.Buffer
	w, err := NewMapWriter(&out, Key{6}, Strict)
	if err != nil {
		t.Fatal(err)
	}
	feed(NewMapper(Key{6}, Options{Map: w}), 0, maxAddresses*3/2)
	if n := strings.Count(out.String(), `"class":"address"`); n != maxAddresses+1 {
		t.Errorf("%d lines of addresses, want %d", n, maxAddresses+1)
	}
	if b := readBook(t, out.Bytes()); !b.Partial(Address) || b.Partial(Host) {
		t.Error("the bound was not told")
	}
}

// FuzzReveal: any text goes through, in pieces of any size, and what has no
// pseudonym stays as it is.
func FuzzReveal(f *testing.F) {
	hidden, book := mapped(f, Strict, letter1)
	r := NewRevealer([]*Book{readBook(f, book.Bytes())}, nil)
	f.Add([]byte(hidden))
	f.Add([]byte(widen(hidden)))
	f.Add([]byte("user-aaaaaaaaaaaa@dom-bbbbbbbbbbbb.example"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var one, two bytes.Buffer
		n, err := r.Copy(&one, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Copy(&two, iotest.OneByteReader(bytes.NewReader(text))); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Fatalf("%q: %q at once and %q by bytes, %v", text, one.Bytes(), two.Bytes(), err)
		}
		if n == 0 && !bytes.Equal(one.Bytes(), text) {
			t.Fatalf("%q changed to %q", text, one.Bytes())
		}
	})
}

// FuzzReadBook: no map makes it fail but with an error.
func FuzzReadBook(f *testing.F) {
	_, book := mapped(f, Strict, letter1)
	f.Add(book.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if b, err := ReadBook(bytes.NewReader(raw), int64(len(raw))); err == nil {
			b.Lookup("host-aaaaaaaaaaaa")
		}
	})
}

// bookOf makes a map of a key with users, and gives a strict text of them.
func bookOf(t *testing.T, k Key, users ...string) (*Book, string) {
	t.Helper()
	var raw bytes.Buffer
	w, err := NewMapWriter(&raw, k, Strict)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMapper(k, Options{Map: w})
	var out []string
	for _, u := range users {
		out = append(out, m.User(u))
	}
	out = append(out, m.IP("10.1.2.3"))
	return readBook(t, raw.Bytes()), strings.Join(out, " ")
}

// TestRevealSeveral: the maps of several bundles are one; an address that two
// keys made of different ones stays, and is told.
func TestRevealSeveral(t *testing.T) {
	first, a := bookOf(t, Key{1}, "alice")
	second, b := bookOf(t, Key{2}, "bob")
	r := NewRevealer([]*Book{first, second}, nil)
	if got := reveal(t, r, a+" "+b+"\n"); got != "alice 10.1.2.3 bob 10.1.2.3\n" {
		t.Errorf("got %s", got)
	}
	var unknown []string
	r.Unknown = func(s string) { unknown = append(unknown, s) }
	third, _ := bookOf(t, Key{3}, "eve")
	m := NewMapper(Key{1}, Options{})
	theirs := NewMapper(Key{2}, Options{}).IP("10.1.2.3")
	clash := &bytes.Buffer{}
	w, err := NewMapWriter(clash, Key{3}, Strict)
	if err != nil {
		t.Fatal(err)
	}
	w.tell([]byte(theirs), []byte("10.9.9.9"), Address)
	r.books = append(r.books, third, readBook(t, clash.Bytes()))
	guid := m.GUID("5f0c8a1e-2b7d-4c93-9a1b-0123456789ab")
	text := m.User("nobody-1") + " " + m.Host("x1") + " " + theirs + " " + guid + " host-short\n"
	if got := reveal(t, r, text); got != text || strings.Join(unknown, " ") != m.User("nobody-1")+" "+m.Host("x1")+" "+guid+" "+theirs {
		t.Errorf("got %s of %s, unknown %q", got, text, unknown)
	}
}

// TestRevealWritten: a value is written as the text around it asks for.
func TestRevealWritten(t *testing.T) {
	book, text := bookOf(t, Key{1}, `a"<b>&`+"\x1b")
	token, _, _ := strings.Cut(text, " ")
	r := NewRevealer([]*Book{book}, nil)
	for form, want := range map[string]string{
		` {"user":"%"}`: ` {"user":"a\"<b>&?"}`, "<p>%</p>": "<p>a&#34;&lt;b&gt;&amp;?</p>", "user %\n": `user a"<b>&?` + "\n", "\xef\xbb\xbf[\"%\"]": "\xef\xbb\xbf[\"a\\\"<b>&?\"]",
	} {
		if got := reveal(t, r, strings.Replace(form, "%", token, 1)); got != want {
			t.Errorf("%s: got %s, want %s", form, got, want)
		}
	}
}
