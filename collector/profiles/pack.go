package profiles

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// unpack reads packed profiles: gzip of, for each, its name in a line, its text,
// and a NUL.
func unpack(packed []byte) ([]document, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack profiles: %w", err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack profiles: %w", err)
	}
	var out []document
	for len(all) > 0 {
		one, rest, _ := bytes.Cut(all, []byte{0})
		name, text, ok := bytes.Cut(one, []byte("\n"))
		if !ok {
			return nil, fmt.Errorf("unpack profiles: %d bytes without a name", len(one))
		}
		out, all = append(out, document{string(name), text}), rest
	}
	return out, nil
}
