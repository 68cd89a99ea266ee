package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

// JSON writes a report as indented JSON with one final newline. The same report
// gives the same bytes. Characters that could act on a terminal are written as
// escapes, so that nothing is lost and nothing acts; invalid UTF-8 becomes U+FFFD.
func JSON(w io.Writer, r *report.Report) error {
	return writeJSON(w, r, "  ")
}

// JSONLine writes a report as one line of JSON: the form for several bundles.
func JSONLine(w io.Writer, r *report.Report) error {
	return writeJSON(w, r, "")
}

func writeJSON(w io.Writer, r *report.Report, indent string) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	_, err := w.Write(escapeHidden(bytes.ToValidUTF8(buf.Bytes(), []byte("\uFFFD"))))
	return err
}

// escapeHidden replaces hidden characters by \u escapes. In valid JSON they
// stand nowhere but in strings.
func escapeHidden(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		if n := plainASCII(in); n > 0 {
			out = append(out, in[:n]...)
			in = in[n:]
			continue
		}
		r, size := utf8.DecodeRune(in)
		in = in[size:]
		switch {
		case r == '\t' || r == '\n' || !hidden(r):
			out = append(out, string(r)...)
		case r > 0xFFFF:
			hi, lo := surrogates(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// plainASCII is how many bytes at the beginning are printable ASCII, tabs and line
// feeds: nearly all of a report.
func plainASCII(in []byte) int {
	for i, c := range in {
		if c < ' ' && c != '\t' && c != '\n' || c >= 0x7F {
			return i
		}
	}
	return len(in)
}

func surrogates(r rune) (hi, lo rune) {
	r -= 0x10000
	return 0xD800 + r>>10, 0xDC00 + r&0x3FF
}
