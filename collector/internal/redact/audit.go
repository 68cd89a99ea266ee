package redact

import (
	"bytes"
	"encoding/hex"
)

// arguments finds the secrets of a command line whose arguments are fields of a
// record of the Linux audit system: a0="mysql" a1="-pX", or in hexadecimal where
// they have a blank in them. The first of them begins at begin.
func (r *Redactor) arguments(l line, begin int) (out []span) {
	for _, blank := range []byte(" _") { // which an argument may have, or be parted by
		v := new(plainView)
		for _, m := range patterns()[argument].FindAllSubmatchIndex(l.b[begin:]) {
			v.add(' ', begin+m[0])
			text, start, step := l.b, begin+max(m[2], m[4]), 1
			if text = text[start : begin+max(m[3], m[5])]; m[2] < 0 {
				text, _ = hex.DecodeString(string(text))
				step = 2
			}
			for i, c := range text {
				if c == ' ' {
					c = blank
				}
				v.add(c, start+step*i)
			}
		}
		v.at = append(v.at, int32(len(l.b)))
		for _, s := range v.back(r.find(v.line(l))) { // up to the end of the field
			if i := bytes.IndexAny(l.b[s.start:s.end], " \""); i > 0 {
				s.end = s.start + i
			}
			out = plus(out, one(l.b, s.start, s.end, s.rule))
		}
	}
	return out
}

// add adds a character that stands for what begins at a place of the text.
func (v *plainView) add(c byte, at int) {
	v.b, v.at = append(v.b, c), append(v.at, int32(at))
}

// listed makes a text of a list of strings with a zero behind each, as Linux has
// command lines and environments; nil: it is none.
func listed(b []byte) []byte {
	last := byte(0)
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' && (c != 0 || last == 0) || c >= 0x7f {
			return nil
		}
		last = c
	}
	return bytes.TrimRight(b, "\x00")
}
