package redact

import "bytes"

// identities adds those of a line to its secrets, in order.
func (s *Writer) identities(body []byte, secrets []span) []span {
	if s.names == nil {
		return secrets
	}
	found := s.names.in(body, secrets, false)
	if len(found) == 0 {
		return secrets
	}
	out := make([]span, 0, len(secrets)+len(found))
	for len(secrets) > 0 && len(found) > 0 {
		if secrets[0].start < found[0].start {
			out, secrets = append(out, secrets[0]), secrets[1:]
		} else {
			out, found = append(out, found[0]), found[1:]
		}
	}
	return append(append(out, secrets...), found...)
}

// plain passes on lines without secrets.
func (s *Writer) plain(view []byte, from, to int) {
	if s.names == nil {
		s.copy(view, from, to)
		return
	}
	done, plain := from, !escapes(view[from:to])
	for from < to {
		end := to
		if n := bytes.IndexByte(view[from:to], '\n'); n >= 0 {
			end = from + n + 1
		}
		for from < end { // a line may end with CR alone
			stop := lineEnd(view[:end], from)
			text := from + len(bytes.TrimRight(view[from:stop], "\r\n"))
			for _, sp := range s.names.in(view[from:text], nil, plain) {
				s.copy(view, done, from+sp.start)
				s.replace(from+sp.start, from+sp.end, sp)
				done = from + sp.end
			}
			from = stop
		}
	}
	s.copy(view, done, to)
}

// replace passes on the pseudonym of an identity, characters from to to.
func (s *Writer) replace(from, to int, sp span) {
	s.changed[sp.class]++
	if s.depth > 0 { // a look into what is encoded: it goes as a whole, and the map must not have it
		return
	}
	u := s.unit()
	text := s.buf[from*u : to*u]
	switch {
	case sp.text != "":
		text = []byte(sp.text)
	case s.enc != Bytes8:
		s.scratch = decode16(s.scratch[:0], text, s.enc)
		text = s.scratch
	}
	if s.enc != Bytes8 {
		s.text(s.r.pseudonym(nil, sp.class, text))
		return
	}
	if len(s.out)+len(text) > most/2 {
		s.flush()
	}
	s.out = s.r.pseudonym(s.out, sp.class, text)
}

// spans passes on view[start:end] with its secrets replaced; spans count from start.
func (s *Writer) spans(view []byte, start, end int, spans []span) {
	done := start
	for _, sp := range spans {
		if sp.rule == "" && sp.class == 0 {
			continue
		}
		s.copy(view, done, start+sp.start)
		if sp.class != 0 {
			s.replace(start+sp.start, start+sp.end, sp)
		} else {
			s.mark(sp.rule)
		}
		done = start + sp.end
	}
	s.copy(view, done, end)
}

// copy passes on characters of the buffer as they are.
func (s *Writer) copy(_ []byte, from, to int) {
	if u := s.unit(); to > from {
		s.emit(s.buf[from*u : to*u])
	}
}

func (s *Writer) mark(rule string) {
	s.counts[rule]++
	s.text([]byte(Mark(rule)))
}

// text passes on ASCII or UTF-8 in the encoding of the stream.
func (s *Writer) text(text []byte) {
	if s.enc != Bytes8 {
		text = encode16(nil, text, s.enc)
	}
	s.emit(text)
}

// most is how many bytes are gathered before they are passed on.
const most = 32 << 10

func (s *Writer) emit(p []byte) {
	if len(s.out)+len(p) > most {
		s.flush()
	}
	if len(p) > most/4 {
		s.flush()
		s.pass(p)
		return
	}
	s.out = append(s.out, p...)
}

func (s *Writer) flush() {
	s.pass(s.out)
	s.out = s.out[:0]
}

func (s *Writer) pass(p []byte) {
	if len(p) > 0 && s.err == nil {
		_, s.err = s.w.Write(p)
	}
}
