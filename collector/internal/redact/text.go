package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// String redacts a message of one or more lines and adds to counts, which may
// be nil.
func (r *Redactor) String(s string, counts Counts) string { return r.value("", s, counts) }

// value redacts the value of a member.
func (r *Redactor) value(name, s string, counts Counts) string {
	raw := []byte(s)
	if r.words.find(raw, 0) < 0 && strings.IndexByte(s, 0) < 0 && r.blob(raw, 0) < 0 && !r.identifies(name, raw) {
		return s
	}
	var out bytes.Buffer
	w := &Writer{r: r, w: &out, buf: make([]byte, 0, min(len(s), bufferSize)), counts: Counts{}, names: r.newSearch(name)}
	_, _ = w.Write(raw) // a bytes.Buffer takes everything
	_ = w.Close()
	if counts != nil {
		counts.Add(w.Counts())
	}
	return out.String()
}

// identifies reports whether a text may have an identity.
func (r *Redactor) identifies(name string, b []byte) bool {
	s := r.newSearch(name)
	return s != nil && (bytes.IndexByte(b, '\n') >= 0 || len(s.in(b, nil, false)) > 0)
}

// Path redacts a path of a bundle; the marks have no characters that a file
// name may not have.
func (r *Redactor) Path(p string) string { return Marks(r.String(p, nil)) }

// Marks writes the marks in a redacted text so that they may stand in the name
// of a file.
func Marks(text string) string {
	for i := strings.Index(text, markPrefix); i >= 0; {
		end := marked([]byte(text), i)
		if end > i {
			text = text[:i] + "REDACTED-" + text[i+len(markPrefix):end-1] + text[end:]
		}
		next := strings.Index(text[i+1:], markPrefix)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return text
}

// Args joins a command line with blanks and redacts it. The value of a secret
// option goes as a whole, blanks included.
func (r *Redactor) Args(args []string, counts Counts) string {
	out := make([]string, len(args))
	for i, a := range args {
		if i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "=") && r.SecretName(args[i-1]) && a != "" {
			out[i] = Mark(RuleOption)
			if counts != nil {
				counts[RuleOption]++
			}
			continue
		}
		if n := strings.IndexAny(a, "=:"); n > 0 && n < len(a)-1 && (a[0] == '-' || a[0] == '/') && r.SecretName(a[:n]) && marked([]byte(a), n+1) != len(a) && !place(a[:n], a[n+1:]) {
			out[i] = a[:n+1] + Mark(RuleOption)
			if counts != nil {
				counts[RuleOption]++
			}
			continue
		}
		out[i] = a
	}
	return r.String(strings.Join(out, " "), counts)
}

// JSON encodes v and redacts every string in it, keys included. A string that
// is the value of a member with a secret's name is removed as a whole.
func (r *Redactor) JSON(v any, counts Counts) ([]byte, error) {
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return r.JSONText(raw.Bytes(), counts), nil
}

// JSONText redacts the strings of an encoded JSON text; all else stays as it is.
func (r *Redactor) JSONText(raw []byte, counts Counts) []byte {
	out := make([]byte, 0, len(raw))
	// name is that of the member whose value comes next, list that of the list
	// around it, called what a member like "name" of the same object says.
	name, list, called := "", "", ""
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			name, list, called = behind(raw[i], name, list, called)
			out = append(out, raw[i])
			i++
			continue
		}
		end := stringEnd(raw, i)
		var s string
		if err := json.Unmarshal(raw[i:end], &s); err != nil {
			out, i = append(out, raw[i:end]...), end
			continue
		}
		next := run(raw, end, isSpace)
		isName := next < len(raw) && raw[next] == ':'
		of := name
		switch lower := strings.ToLower(name); {
		case isName:
		case lower == "name" || lower == "key":
			called = s
		case called != "" && (lower == "value" || lower == "data"):
			of = called
		}
		if isName {
			of = ""
		}
		out = append(out, r.jsonString(raw[i:end], s, of, counts)...)
		if isName {
			name = s
		}
		i = end
	}
	return out
}

// behind tells what name, list and called are behind a character.
func behind(c byte, name, list, called string) (string, string, string) {
	switch c {
	case '[':
		return name, name, called
	case ',':
		return list, list, called
	case '{', '}':
		return "", "", ""
	case ']':
		return "", "", called
	}
	return name, list, called
}

// jsonString redacts one string literal of the member name.
func (r *Redactor) jsonString(lit []byte, s, name string, counts Counts) []byte {
	var clean string
	if name != "" && s != "" && r.SecretName(name) && !harmless(kindPassword, name, s, '=') {
		clean = Mark(RuleSecret)
		if counts != nil {
			counts[RuleSecret]++
		}
	} else {
		clean = r.value(name, s, counts)
	}
	if clean == s {
		return lit
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(clean); err != nil {
		return []byte(`""`)
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// stringEnd is the position behind the string literal that begins at i.
func stringEnd(raw []byte, i int) int {
	for j := i + 1; j < len(raw); j++ {
		switch raw[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return len(raw)
}
