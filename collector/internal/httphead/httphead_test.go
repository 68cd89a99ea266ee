package httphead

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := (Request{"GET", "/a?b", "h:1"}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if want := "GET /a?b HTTP/1.1\r\nHost: h:1\r\nUser-Agent: asrcollect\r\nConnection: close\r\n\r\n"; b.String() != want {
		t.Errorf("request %q, want %q", b.String(), want)
	}
	for _, bad := range []Request{
		{"GET", "/a b", "h"}, {"GET", "/", "h\r\nX: y"}, {"GET", "/\n", "h"}, {"GET", "/", ""}, {"GET", "/ü", "h"}, {"GET", "/", "h\x00"}, {"G T", "/", "h"},
	} {
		b.Reset()
		if err := bad.Write(&b); err == nil || b.Len() > 0 {
			t.Errorf("%q: error %v, %d bytes written", bad, err, b.Len())
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, in, rest string
		status         int
		bad            string // part of the error
	}{
		{"plain", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", "body", 200, ""},
		{"without reason", "HTTP/1.0 400\r\n\r\n", "", 400, ""},
		{"bare line feeds", "HTTP/1.1 503 No\nA: b\n\n", "", 503, ""},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 Auth\r\n\r\n", "", 407, ""},
		{"odd fields", "HTTP/1.1 204 x\r\nno colon\r\n folded: line\r\n: \r\n\r\n", "", 204, ""},
		{"cut behind the status", "HTTP/1.1 400 Bad\r\nA: b", "", 400, "unexpected EOF"},
		{"cut in the status", "HTTP/1.1 4", "", 0, "EOF"},
		{"nothing", "", "", 0, "EOF"},
		{"other protocol", "SSH-2.0-x\r\n", "", 0, `not HTTP: it begins with "SSH-2.0"`},
		{"bytes", "\x15\x03\x01\x00\x02\x02\x28", "", 0, "not HTTP"},
		{"no number", "HTTP/1.1 abc\r\n\r\n", "", 0, "not HTTP"},
		{"number too large", "HTTP/1.1 999 x\r\n\r\n", "", 0, "not HTTP"},
		{"version 2", "HTTP/2.0 200\r\n\r\n", "", 0, "not HTTP"},
		{"only interim", strings.Repeat("HTTP/1.1 103 x\r\n\r\n", 20), "", 0, "only says"},
		{"endless", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", maxBytes), "", 200, "longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := strings.NewReader(c.in)
			h, err := Read(r)
			if h.Status != c.status || (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) && !(c.bad == "unexpected EOF" && errors.Is(err, io.EOF)) {
				t.Errorf("status %d, error %v; want %d, %q", h.Status, err, c.status, c.bad)
			}
			if rest, _ := io.ReadAll(r); err == nil && string(rest) != c.rest {
				t.Errorf("left %q, want %q", rest, c.rest)
			}
		})
	}
}

func TestFields(t *testing.T) {
	h, err := Read(strings.NewReader("HTTP/1.1 407 x\r\nproxy-authenticate: Negotiate\r\nProxy-Authenticate:NTLM\r\nDate: Thu, 05 Mar 2026 09:00:00 GMT\r\n" + strings.Repeat("X: y\r\n", 1000) + "\r\n"))
	if err != nil || len(h.Values("Proxy-Authenticate")) != 2 || h.Get("PROXY-AUTHENTICATE") != "Negotiate" || len(h.Values("X")) > maxFields {
		t.Errorf("head %v, error %v", h, err)
	}
	if at, err := h.Date(); err != nil || !at.Equal(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("date %v, %v", at, err)
	}
	if _, err := (Head{}).Date(); err == nil {
		t.Error("a date without a field")
	}
}

// FuzzRead: whatever comes, it ends, and a status is one.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\nDate: x\r\n\r\nbody", "HTTP/1.1 100\r\n\r\nHTTP/1.0 407\n\n", "HTTP/1.1 2", "SSH-2.0", "\x16\x03\x01", "HTTP/1.1 200 \n:\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := Read(bytes.NewReader(in))
		if h.Status != 0 && (h.Status < 100 || h.Status > 599) || err == nil && h.Status == 0 {
			t.Errorf("status %d, error %v", h.Status, err)
		}
		_, _ = h.Date()
	})
}
