package redact

import (
	"bytes"
	"compress/flate"
	"io"
)

// maxPacked is how much of what is compressed in a line is looked at, in bytes.
const maxPacked = 1 << 20

// packed is what gzip or zlib have compressed; nil: b is neither.
func packed(b []byte) io.Reader {
	const gzipHeader = 10
	switch {
	case len(b) > gzipHeader && bytes.HasPrefix(b, []byte{0x1f, 0x8b, 8, 0}): // without a name
		return flate.NewReader(bytes.NewReader(b[gzipHeader:]))
	case len(b) > 6 && b[0] == 0x78 && (b[1] == 0x01 || b[1] == 0x5e || b[1] == 0x9c || b[1] == 0xda):
		return flate.NewReader(bytes.NewReader(b[2:]))
	}
	return nil
}
