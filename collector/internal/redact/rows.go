package redact

import (
	"bytes"
	"strings"
)

// gridLines is how many lines a table of HTML may have.
const gridLines = 400

// rows are rows of values behind the names of their columns: a table of HTML, or
// lists as JSON and Python have them.
type rows struct {
	names []string // of the columns; "": no secrets
	at    int      // the column of HTML that comes next
	left  int      // lines that may come
}

// cells finds the secrets in the cells of a line of HTML, and notes the headings.
func (t *rows) cells(r *Redactor, b []byte) (out []span) {
	if t.left--; t.left < 0 {
		*t = rows{}
		if bytes.IndexByte(b, '<') < 0 {
			return nil
		}
	}
	if len(b) > 4*maxHead {
		return nil
	}
	for _, m := range patterns()[cell].FindAllSubmatchIndex(b) {
		switch b[m[3]-1] | 0x20 {
		case 'e': // of /table
			*t = rows{}
		case 'r':
			t.at = 0
		case 'h':
			if t.at < 64 {
				t.names, t.left = append(t.names[:min(t.at, len(t.names))], r.column(string(bytes.TrimSpace(b[m[4]:m[5]])))), gridLines
			}
			t.at++
		case 'd':
			out = plus(out, t.value(t.at, b, m[4], m[5]))
			t.at++
		}
	}
	return out
}

// column is the name of a column, "" when it has no secrets.
func (r *Redactor) column(name string) string {
	if name == "" || !title(name) || strings.Count(name, " ") > 2 || !r.secretColumn(name, "name") || !r.named(name) {
		return ""
	}
	return name
}

// value is the secret in a cell of a row.
func (t *rows) value(i int, b []byte, start, end int) []span {
	if i >= len(t.names) || t.names[i] == "" {
		return nil
	}
	s := unquote(b, [2]int{start, end})
	if v := string(b[s.start:s.end]); common(v) || harmless(kindPassword, t.names[i], v, '=') {
		return nil
	}
	return []span{s}
}

// lists finds the secrets in the lists of a line, and notes the names.
func (t *rows) lists(r *Redactor, b []byte) (out []span) {
	if t.left--; t.left < 0 {
		*t = rows{}
	}
	if len(b) > 8*maxHead || bytes.IndexByte(b, '"') < 0 && bytes.IndexByte(b, '\'') < 0 {
		return nil
	}
	for _, m := range patterns()[listing].FindAllSubmatchIndex(b) {
		if m[0] > 0 && isIdent(b[m[0]-1]) { // of a call
			continue
		}
		list := b[m[2]:m[3]]
		cells, names, all := split(list, ','), "", true
		for _, c := range cells {
			s := unquote(list, c)
			name := string(list[s.start:s.end])
			all = all && s.start > c[0] && name != "" && title(name)
			names += r.column(name) + "\n"
		}
		switch {
		case all && strings.Trim(names, "\n") != "":
			t.names, t.left = strings.Split(strings.TrimSuffix(names, "\n"), "\n"), pairLines
		case len(cells) == len(t.names):
			t.left = pairLines
			for k, c := range cells {
				if q := bytes.TrimLeft(list[c[0]:c[1]], " \t"); q[0] != '"' && q[0] != '\'' {
					continue // a number, or a name
				}
				out = plus(out, t.value(k, b, m[2]+c[0], m[2]+c[1]))
			}
		}
	}
	return out
}
