package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/tools/txtar"
)

// encodeFiles makes of NAME.utf16 a file NAME in UTF-16 with a byte order mark,
// and of NAME.quoted one of what its lines say as Go strings.
func encodeFiles(ar *txtar.Archive) error {
	for i := range ar.Files {
		f := &ar.Files[i]
		if name, ok := strings.CutSuffix(f.Name, ".utf16"); ok {
			f.Name, f.Data = name, toUTF16(string(f.Data))
		}
		if name, ok := strings.CutSuffix(f.Name, ".quoted"); ok {
			var out strings.Builder
			for line := range strings.Lines(string(f.Data)) {
				text, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
				if err != nil {
					return fmt.Errorf("%s: %q: %w", f.Name, line, err)
				}
				out.WriteString(text)
			}
			f.Name, f.Data = name, []byte(out.String())
		}
	}
	return nil
}

func toUTF16(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}
