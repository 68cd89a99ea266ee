package safetext

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer cleans a stored text as it passes. It reads UTF-8 and UTF-16, by byte
// order mark or, without one, by the encoding of the bundle's manifest, and
// writes UTF-8. Flush writes what is left.
type Writer struct {
	w        io.Writer
	declared string
	started  bool
	order    byteOrder
	rest     []byte // a character that is not whole
}

type byteOrder int

const (
	utf8Text byteOrder = iota
	littleEndian
	bigEndian
)

// NewWriter cleans into w.
func NewWriter(w io.Writer, encoding string) *Writer { return &Writer{w: w, declared: encoding} }

// Write implements io.Writer.
func (c *Writer) Write(p []byte) (int, error) {
	data := append(c.rest, p...)
	if !c.started {
		if len(data) < 2 {
			c.rest = data
			return len(p), nil
		}
		c.started, c.order = true, detect(data, c.declared)
	}
	whole := c.whole(data)
	c.rest = bytes.Clone(data[whole:])
	return len(p), c.put(data[:whole])
}

// Flush writes what was held back.
func (c *Writer) Flush() error {
	rest := c.rest
	c.rest = nil
	return c.put(rest)
}

func (c *Writer) put(data []byte) error {
	_, err := io.WriteString(c.w, Clean(c.decode(data)))
	return err
}

func detect(data []byte, declared string) byteOrder {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return littleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return bigEndian
	case strings.EqualFold(declared, "utf-16le"):
		return littleEndian
	case strings.EqualFold(declared, "utf-16be"):
		return bigEndian
	}
	return utf8Text
}

// whole is how many of the bytes are whole characters.
func (c *Writer) whole(data []byte) int {
	if c.order != utf8Text {
		n := len(data) &^ 1
		if n >= 2 && utf16.IsSurrogate(rune(c.unit(data[n-2:]))) && c.unit(data[n-2:]) < 0xDC00 {
			n -= 2
		}
		return n
	}
	for n := len(data); n > 0 && len(data)-n < utf8.UTFMax; n-- {
		if utf8.RuneStart(data[n-1]) {
			if utf8.FullRune(data[n-1:]) {
				return len(data)
			}
			return n - 1
		}
	}
	return len(data)
}

func (c *Writer) unit(b []byte) uint16 {
	if c.order == bigEndian {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return uint16(b[1])<<8 | uint16(b[0])
}

func (c *Writer) decode(data []byte) string {
	if c.order == utf8Text {
		return string(data)
	}
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) >= 2; data = data[2:] {
		units = append(units, c.unit(data))
	}
	return string(utf16.Decode(units))
}
