// Package httphead speaks as much HTTP/1.1 as a probe needs: one request
// without a body, and the head of its answer. The answer comes from whoever
// sits at the other end, so all of it is bounded and none of it is trusted.
package httphead

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Limits of an answer.
const (
	maxBytes   = 64 << 10
	maxFields  = 200
	maxInterim = 8 // answers 1xx before the real one
)

// userAgent names the collector in the logs of whoever is asked.
const userAgent = "asrcollect"

// Request is what is asked. Target is a path, or host:port for CONNECT.
type Request struct{ Method, Target, Host string }

// Write sends the request in one piece. A target or host with anything but
// visible ASCII is refused, so that nothing can add a line to it.
func (r Request) Write(w io.Writer) error {
	for _, s := range []string{r.Method, r.Target, r.Host} {
		if s == "" || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return fmt.Errorf("%.60q cannot stand in a request", s)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n", r.Method, r.Target, r.Host, userAgent)
	if r.Method != "CONNECT" {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	_, err := w.Write(b.Bytes())
	return err
}

// Head is the head of an answer.
type Head struct {
	Status int
	fields map[string][]string
}

// Get gives the first field of a name, empty without one.
func (h Head) Get(name string) string {
	if v := h.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Values gives all fields of a name.
func (h Head) Values(name string) []string { return h.fields[textproto.CanonicalMIMEHeaderKey(name)] }

// Date is the clock of who answered, in whole seconds.
func (h Head) Date() (time.Time, error) {
	at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", h.Get("Date"))
	if err != nil {
		return time.Time{}, fmt.Errorf("the answer has no Date: %.60q", h.Get("Date"))
	}
	return at, nil
}

// Ask sends a request and reads the head of the answer.
func Ask(c io.ReadWriter, r Request) (Head, error) {
	if err := r.Write(c); err != nil {
		return Head{}, err
	}
	return Read(c)
}

// ErrNotHTTP is in the error of Read for an answer of another kind.
var ErrNotHTTP = errors.New("the answer is not HTTP")

// Read reads the head of an answer and not one byte more; what follows belongs
// to the caller. When the head breaks off behind its status line, both the
// status and the error are returned.
func Read(r io.Reader) (Head, error) {
	l := lines{r: r, left: maxBytes}
	for range maxInterim {
		h, err := l.head()
		if err != nil || h.Status >= 200 || h.Status == 101 {
			return h, err
		}
	}
	return Head{}, errors.New("the answer only says that it will come")
}

// lines reads lines byte by byte, because what follows a head is not its own.
type lines struct {
	r    io.Reader
	left int
}

// next gives a line without its end. With a prefix it gives up as soon as the
// line begins otherwise: a line of another protocol may never end.
func (l *lines) next(prefix string) (string, error) {
	var line []byte
	var one [1]byte
	for ; l.left > 0; l.left-- {
		if _, err := io.ReadFull(l.r, one[:]); err != nil {
			return string(line), err
		}
		if one[0] == '\n' {
			l.left--
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if line = append(line, one[0]); len(line) == len(prefix) && string(line) != prefix {
			return string(line), ErrNotHTTP
		}
	}
	return string(line), fmt.Errorf("the head of the answer is longer than %d bytes", maxBytes)
}

// opening is how an answer begins.
const opening = "HTTP/1."

func (l *lines) head() (Head, error) {
	first, err := l.next(opening)
	switch {
	case errors.Is(err, ErrNotHTTP):
		return Head{}, fmt.Errorf("%w: it begins with %+q", ErrNotHTTP, first)
	case err != nil:
		return Head{}, fmt.Errorf("read the answer: %w", err)
	}
	h := Head{Status: ParseStatus(first), fields: map[string][]string{}}
	if h.Status == 0 {
		return Head{}, fmt.Errorf("%w: it begins with %+.40q", ErrNotHTTP, first)
	}
	for n := 0; ; {
		line, err := l.next("")
		if err != nil {
			return h, fmt.Errorf("read the answer: %w", err)
		}
		if line == "" {
			return h, nil
		}
		if name, val, ok := strings.Cut(line, ":"); ok && n < maxFields && line[0] != ' ' && line[0] != '\t' {
			n++
			key := textproto.CanonicalMIMEHeaderKey(name)
			h.fields[key] = append(h.fields[key], strings.TrimSpace(val))
		}
	}
}

// ParseStatus gives the status of a status line; 0 when it is none.
func ParseStatus(line string) int {
	rest, ok := strings.CutPrefix(line, opening)
	if !ok || len(rest) < 5 || rest[0] < '0' || rest[0] > '9' || rest[1] != ' ' || len(rest) > 5 && rest[5] != ' ' {
		return 0
	}
	n, err := strconv.Atoi(rest[2:5])
	if err != nil || n < 100 || n > 599 {
		return 0
	}
	return n
}
