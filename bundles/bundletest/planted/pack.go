package planted

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Encodings of whole texts, by name: what a log file is written in.
func Encodings() []string {
	return []string{"utf-8", "crlf", "utf-16le", "utf-16be", "utf-16le without mark", "gzip", "gzip of utf-16"}
}

// Encode writes a text in one of Encodings.
func Encode(encoding, text string) []byte {
	switch encoding {
	case "crlf":
		return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
	case "utf-16le":
		return Wide("\ufeff"+text, binary.LittleEndian)
	case "utf-16be":
		return Wide("\ufeff"+text, binary.BigEndian)
	case "utf-16le without mark":
		return Wide(text, binary.LittleEndian)
	case "gzip":
		return zipped([]byte(text))
	case "gzip of utf-16":
		return zipped(Wide("\ufeff"+text, binary.LittleEndian))
	}
	return []byte(text)
}

// Wide is a text in UTF-16.
func Wide(s string, order binary.ByteOrder) []byte {
	units := utf16.Encode([]rune(s))
	out := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(out[2*i:], u)
	}
	return out
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		panic("BUG: a buffer takes everything: " + err.Error())
	}
	if err := w.Close(); err != nil {
		panic("BUG: a buffer takes everything: " + err.Error())
	}
	return out.Bytes()
}

// Wraps are the ways in which the text of a secret may stand encoded in a line
// of a log, by name.
func Wraps() []string {
	return []string{"plain", "base64", "base64url", "base64 of utf-16", "base64 twice", "base64 in lines", "hexadecimal", "percent", "percent of all", "unicode escapes", "value in base64", "value in hexadecimal"}
}

// Wrap encodes a secret in one of Wraps. It reports false where that makes no
// sense: a value that only its form tells, such as a key in PEM.
func (d *Drawer) Wrap(wrap string, s Secret) (string, bool) {
	text := s.Text
	around := func(code string) (string, bool) {
		return d.Line(Secret{Text: pick(d, []string{"data=", "body: ", "payload ", "\"blob\":\"", "powershell -enc "}) + code}), true
	}
	if s.Kind == "foreign" && (wrap == "base64url" || wrap == "base64 of utf-16") { // letters beyond ASCII are not told from other bytes
		return "", false
	}
	switch wrap {
	case "base64":
		return around(base64.StdEncoding.EncodeToString([]byte(text)))
	case "base64url":
		return around(base64.RawURLEncoding.EncodeToString([]byte(text)))
	case "base64 of utf-16":
		return around(base64.StdEncoding.EncodeToString(Wide(text, binary.LittleEndian)))
	case "base64 twice":
		return around(base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(text)))))
	case "base64 in lines":
		return "begin\n" + fold(base64.StdEncoding.EncodeToString([]byte("Some words that stand before it in this text, as they do.\n"+text+"\nand some behind it")), 76) + "\nend", true
	case "hexadecimal":
		return around(hex.EncodeToString([]byte(text)))
	case "percent", "percent of all", "unicode escapes":
		if s.alone { // what its line tells is gone
			return "", false
		}
		if wrap == "unicode escapes" {
			return around(escapes(text))
		}
		return around(percent(text, wrap != "percent"))
	case "value in base64", "value in hexadecimal":
		if !strings.Contains(text, s.Value) || !keyedKind(s.Kind) {
			return "", false
		}
		return d.Line(s.Folded(wrap == "value in hexadecimal")), true
	}
	return d.Line(s), true
}

// keyedKind reports whether a name tells secrets of a kind, whatever their form.
func keyedKind(kind string) bool {
	return len(kinds()[kind].nouns) > 0 && kind != "connection string" && kind != "foreign"
}

func fold(s string, n int) string {
	var out strings.Builder
	for ; len(s) > n; s = s[n:] {
		out.WriteString(s[:n] + "\n")
	}
	return out.String() + s
}

// percent escapes the characters that an address cannot have, or all.
func percent(s string, all bool) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if !all && strings.IndexByte(lower+upper+digit+"-_.~", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", c)
	}
	return out.String()
}

func escapes(s string) string {
	var out strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, "\\u%04x", u)
	}
	return out.String()
}
