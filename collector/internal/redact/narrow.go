package redact

import "sort"

// unit is the number of bytes of a character.
func (s *Writer) unit() int {
	if s.enc == Bytes8 {
		return 1
	}
	return 2
}

// narrow makes one byte of each character: ASCII as it is, of others the low
// seven bits and the eighth one set, which only words of other alphabets have.
// Spans of the view are spans of the text.
func (s *Writer) narrow(b []byte) []byte {
	if s.enc == Bytes8 {
		return b
	}
	hi, lo := 1, 0
	if s.enc == UTF16BE {
		hi, lo = 0, 1
	}
	s.view = s.view[:0]
	for i := 0; i+1 < len(b); i += 2 {
		c := b[i+lo]
		if b[i+hi] != 0 || c >= 0x80 {
			c |= 0x80
		}
		s.view = append(s.view, c)
	}
	return s.view
}

// narrowText finds 8-bit text that was added to a text in UTF-16: words, or
// runs, that no characters of 16 bits make by chance.
func (s *Writer) narrowText(n int) []int32 {
	out := s.strange[:0]
	if s.enc == Bytes8 {
		return out
	}
	raw := s.buf[:2*n]
	for _, h := range s.r.words.all(raw, nil) {
		if len(h.word) >= 5 && !h.wide {
			out = append(out, int32((h.end-1)/2))
		}
	}
	letter := func(c byte) bool { return c >= ' ' && c < 0x7f || c == '\t' || c == '\r' || c == '\n' }
	for i, length := 0, 0; i < n; i++ {
		if !letter(raw[2*i]) || !letter(raw[2*i+1]) {
			length = 0
		} else if length++; length == narrowRun {
			out = append(out, int32(i))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// odd reports whether view[start:end] has 8-bit text in UTF-16.
func (s *Writer) odd(start, end int) bool {
	i := sort.Search(len(s.strange), func(i int) bool { return int(s.strange[i]) >= start })
	return i < len(s.strange) && int(s.strange[i]) < end
}
