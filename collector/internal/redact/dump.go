package redact

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

const (
	leastApart = 8 // bytes that are written apart, in a line, and looked into
	mostApart  = 8 << 10
	dumpWidth  = 16 // bytes of a line of a dump
)

func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isHexOrX(c byte) bool { return isHexDigit(c) || c == 'x' }

// isSign matches what stands between bytes that are written apart.
func isSign(c byte) bool { return c == ' ' || c == ',' || c == ':' || c == ';' || c == '-' }

// spread is the begin of bytes that are written apart around the sign at j and begin
// with text, or -1. It looks no further back than low.
func spread(b []byte, low, j int) int {
	sign := b[j]
	if sign == ' ' && !isIdent(b[j-1]) {
		sign = b[j-1]
	}
	i := j
	for range 2 { // two numbers have to come that the same sign follows
		for i++; i < len(b) && b[i] == ' '; {
			i++
		}
		end := run(b[:min(len(b), i+5)], i, isHexOrX)
		if end-i < 2 || end-i > 4 || b[i] > '9' || end-i == 4 && b[i] > '7' || end < len(b) && b[end] != sign && b[end] != '\n' && b[end] != '\r' {
			return -1
		}
		i = end
	}
	from := j
	for from > low && (isHexOrX(b[from-1]) || isSign(b[from-1])) {
		from--
	}
	for ; from <= i && from < len(b); from++ {
		if _, end := bytesApart(b, from, leastApart); end > 0 {
			return from
		}
	}
	return -1
}

// bytesApart are the bytes that are written apart from i on, at least so many, the
// first of them text; end is 0 when there are none.
func bytesApart(b []byte, i, least int) (out []byte, end int) {
	if i >= len(b) || !isHexOrX(b[i]) || i > 0 && isIdent(b[i-1]) || run(b[:min(len(b), i+5)], i, isHexOrX) > i+4 {
		return nil, 0
	}
	b = b[:min(len(b), i+mostApart)]
	for p := hexApart; p <= numberApart; p++ {
		m := p.in(b[i:])
		if m == nil {
			continue
		}
		written := bytes.TrimRight(b[i:i+m[1]], " ,:;-")
		if out = joinedBytes(written, p); len(out) >= least && (least < leastApart || texts(out[:leastApart])) {
			return out, i + len(written)
		}
	}
	return nil, 0
}

// joinedBytes are the bytes that are written apart as a pattern has it.
func joinedBytes(written []byte, p pattern) (out []byte) {
	if p == numberApart {
		for _, n := range bytes.FieldsFunc(written, func(c rune) bool { return isSign(byte(c)) }) {
			v, _ := strconv.ParseUint(string(n), 10, 8)
			out = append(out, byte(v))
		}
		return out
	}
	digits := bytes.Map(func(c rune) rune {
		if isSign(byte(c)) {
			return -1
		}
		return c
	}, bytes.ReplaceAll(written, []byte("0x"), nil))
	out = make([]byte, len(digits)/2)
	n, _ := hex.Decode(out, digits[:len(digits)&^1])
	return out[:n]
}

// texts reports whether bytes are of text, of 8 or 16 bits a character.
func texts(b []byte) bool {
	return run(b, 0, func(c byte) bool { return c >= ' ' && c != 0x7f || c == 0 || c >= '\t' && c <= '\r' }) == len(b) &&
		bytes.Count(b, []byte{0}) <= len(b)/2 && written(b)
}

// dumped are the bytes of a line of a dump, and where they and the text beside them
// stand: behind a number that says where in the whole they are, or without one.
func (t *thread) dumped(b []byte) (start, end int, out []byte) {
	least := leastApart
	if t.carry != "" || t.block {
		least = 1
	}
	m := dumpOffset.in(b)
	out, end = bytesApart(b, m[1], least)
	switch rest := len(bytes.Trim(b[end:], " ,;)]}\\\r")); {
	case end == 0:
		return 0, 0, nil
	case m[2] < 0 && rest > 0:
		return 0, 0, nil
	case m[2] >= 0 && rest < 3*dumpWidth: // the text beside them
		end = len(bytes.TrimRight(b, " \t\r"))
	}
	return m[1], end, out
}

// holdsBytes is holds for bytes of a dump: between its texts may be others, and
// each two may be in the order of the machine.
func (r *Redactor) holdsBytes(b []byte, depth int) bool {
	wide := bytes.Count(b, []byte{0}) > len(b)/3
	text := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c == 0 && wide:
			continue
		case c < ' ' || c == 0x7f:
			c = '\n'
		}
		text = append(text, c)
	}
	swapped := bytes.Clone(text)
	for i := 1; i < len(text); i += 2 {
		swapped[i-1], swapped[i] = text[i], text[i-1]
	}
	return r.holds(b, depth) || r.finds(text, depth) || r.finds(swapped, depth)
}
