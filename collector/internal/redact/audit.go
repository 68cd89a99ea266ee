package redact

import (
	"bytes"
	"encoding/hex"
)

// arguments finds the secrets of a command line whose arguments are fields of a
// record of the Linux audit system: a0="mysql" a1="-pX", or in hexadecimal where
// they have a blank in them. The first of them begins at begin.
func (r *Redactor) arguments(l line, begin int) []span {
	words, bare := plainView{}, plainView{}
	add := func(c byte, at int) {
		words.b, words.at = append(words.b, c), append(words.at, int32(at))
		if c == ' ' && len(bare.b) > 0 && bare.b[len(bare.b)-1] != ' ' && l.b[at] != ' ' { // inside of an argument
			c = '_'
		}
		bare.b, bare.at = append(bare.b, c), append(bare.at, int32(at))
	}
	p := begin
	for p < len(l.b) && len(words.b) < maxHead {
		at := p
		p = run(l.b, p, isSpace)
		name := run(l.b, p, isIdent)
		for name < len(l.b) && (l.b[name] == '[' || l.b[name] == ']' || isDigit(l.b[name])) { // a part of a long one
			name++
		}
		if name == p || name >= len(l.b) || l.b[name] != '=' || l.b[p] != 'a' || !isDigit(l.b[p+1]) {
			break
		}
		add(' ', at)
		end := l.token(name + 1)
		switch value := l.b[name+1 : end]; {
		case bytes.HasPrefix(value, []byte(`"`)):
			v, _ := l.quotedValue(name + 1)
			for i := v.start; i < v.end; i++ {
				add(l.b[i], i)
			}
			end = min(v.end+1, len(l.b))
		case len(value) > 1 && isHex(string(value)):
			text, _ := hex.DecodeString(string(value[:len(value)&^1]))
			for i, c := range text {
				add(c, name+1+2*i)
			}
		}
		p = end
	}
	if len(words.b) == 0 || l.depth >= maxDepth {
		return nil
	}
	var out []span
	for _, v := range []plainView{words, bare} {
		v.at = append(v.at, int32(p))
		for _, s := range v.back(r.find(v.line(l))) {
			for s.end > s.start && (l.b[s.end-1] == ' ' || l.b[s.end-1] == '"') { // up to the next one
				s.end--
			}
			if i := bytes.IndexAny(l.b[s.start:s.end], " \""); i > 0 {
				s.end = s.start + i
			}
			out = append(out, s)
		}
	}
	return out
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
