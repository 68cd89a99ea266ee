package redact

import (
	"bytes"
	"slices"
	"strings"
)

// maxHead is the longest header of a table that is looked at, in bytes.
const maxHead = 2048

// table is one whose header names a column of secrets.
type table struct {
	sep   byte     // between cells; 0: cells begin where those of the header do
	head  string   // of a table without sep, until its rule was seen
	names []string // of the columns; "": no secrets
	at    []int    // where the columns begin, without sep
	ruled bool     // a rule of dashes has to come next
	dated bool     // a time stands before the first cell
	timed bool     // the first cell is a time
}

// header is the table whose header a line is, or nil.
func (r *Redactor) header(l line) *table {
	b := bytes.TrimRight(l.b, " \t\r")
	if !l.begin || l.more || len(b) > maxHead || len(b) == 0 || bytes.ContainsAny(b, "=<>{}\\?%!&*~") {
		return nil
	}
	for _, sep := range []byte("|\t;,^:") {
		if n := bytes.Count(b, []byte{sep}); n == 0 || sep == ':' && (n < 2 || bytes.IndexByte(b, ' ') >= 0) {
			continue
		}
		if t := (&table{sep: sep}); t.columns(r, b, split(b, sep)) {
			return t
		}
	}
	t := &table{head: string(b)}
	if cells := gaps(b, 2); len(cells) > 1 && t.columns(r, b, cells) {
		return t
	}
	t.ruled = true
	if cells := gaps(b, 1); len(cells) < 16 && t.columns(r, b, cells) {
		return t
	}
	return nil
}

// columns reads the names of a header and reports whether it is one: all of its
// cells are names, and one that of a secret.
func (t *table) columns(r *Redactor, b []byte, cells [][2]int) bool {
	t.names, t.at = make([]string, len(cells)), make([]int, len(cells))
	most, secret := 3, false
	if t.sep == ',' && bytes.Contains(b, []byte(", ")) || t.sep == ':' {
		most = 1
	}
	for i, c := range cells {
		name := strings.Trim(string(b[c[0]:c[1]]), " \t\"'`#[]()\ufeff")
		if t.at[i] = c[0]; name == "" && t.sep != 0 && (i == 0 && t.sep == '|' || i > 0 && i == len(cells)-1) {
			continue
		}
		if i == 0 && len(cells) > 2 && t.sep != 0 && isDigit(b[0]) { // behind a time
			t.dated, most = true, 1
			name = name[strings.LastIndexAny(name, " \t")+1:]
		}
		words := strings.Fields(name)
		t.timed = t.timed || i == 0 && slices.ContainsFunc([]string{"time", "date", "stamp", "when", "ts", "day", "at", "created"}, func(w string) bool { return strings.HasSuffix(strings.ToLower(name), w) })
		if len(words) == 0 || len(words) > most || !title(name) {
			return false
		}
		if r.secretColumn(name, string(b)) && (t.sep != 0 || r.named(name)) {
			if last := words[len(words)-1]; len(words) > 1 && message([]byte(last)) && !r.SecretName(last) {
				return false
			}
			t.names[i], secret = name, true
		}
	}
	return secret && (t.sep == '|' || t.sep == 0 || len(cells) > 2 || t.names[0] == "" || len(bytes.TrimSpace(b[cells[1][0]:])) > 0)
}

// secretColumn reports whether a column of a header has secrets.
func (r *Redactor) secretColumn(name, header string) bool {
	lower := strings.ToLower(name)
	return r.SecretName(strings.ReplaceAll(name, " ", "_")) && !otherWord(name) && !place(name, "x") && (lower != "pass" || accounts(header)) && !attribute(name)
}

// named reports whether a name ends with the word that makes it one of a secret:
// not TokenBroker, which is a service.
func (r *Redactor) named(name string) bool {
	for _, h := range r.words.all([]byte(name+"="), nil) {
		if len(name)-h.end <= 3 {
			return true
		}
	}
	return false
}

// title reports whether a text may be the name of a column.
func title(name string) bool {
	if n := strings.Count(name, "/"); n > 1 || len(name) >= 16 && isHex(name) || hexKey(name) || n > 0 && strings.ContainsAny(name, ".0123456789") { // a path
		return false
	}
	return len(name) <= 64 && (name[0] >= 0x80 || isLetter(name[0]) || name[0] == '_') && strings.IndexFunc(name, func(c rune) bool {
		return c < 0x80 && !isKey(byte(c)) && c != ' ' && c != '/' && c != '$'
	}) < 0
}

// row finds the secrets of a line behind the header, and reports whether the
// table goes on.
func (t *table) row(r *Redactor, b []byte) ([]span, bool) {
	text := bytes.TrimSpace(b)
	switch {
	case len(text) == 0 || t.dated && !isDigit(b[0]) || !t.dated && !t.timed && t.sep != 0 && stamped(b):
		return nil, false
	case len(bytes.Trim(text, "-+|=: \t")) == 0 && bytes.Contains(text, []byte("--")):
		return nil, t.rule(r, b)
	case t.ruled:
		return nil, false
	}
	if t.sep != 0 && (text[0] == '(' || text[0] == '[') {
		b = bytes.TrimSuffix(bytes.TrimRight(b, " \t\r,;"), []byte{text[0] + 1 + text[0]&2/2}) // the sign that closes it
	}
	cells := t.fields(b)
	if len(cells) != len(t.names) {
		return nil, false
	}
	var out []span
	for i, c := range cells {
		if s := unquote(b, c); t.names[i] != "" && s.start < s.end && !harmless(kindPassword, t.names[i], string(b[s.start:s.end]), '=') {
			out = append(out, s)
		}
	}
	return out, true
}

// rule takes the places of columns from a line of dashes behind the header.
func (t *table) rule(r *Redactor, b []byte) bool {
	if t.sep != 0 {
		return true
	}
	groups := gaps(b, 1)
	t.names, t.at, t.ruled = make([]string, len(groups)), make([]int, len(groups)), false
	for i, g := range groups {
		t.at[i] = g[0]
		start, end := min(g[0], len(t.head)), len(t.head)
		if i+1 < len(groups) {
			end = min(end, groups[i+1][0])
		}
		if name := strings.TrimSpace(t.head[start:end]); name != "" && r.secretColumn(name, t.head) {
			t.names[i] = name
		}
	}
	t.head = ""
	return true
}

// fields are the cells of a row.
func (t *table) fields(b []byte) (out [][2]int) {
	if t.sep != 0 {
		return split(b, t.sep)
	}
	if cells := gaps(b, 2); t.head != "" && !slices.EqualFunc(cells, t.at, func(c [2]int, at int) bool { return c[0] == at }) || len(t.at) == 1 && len(gaps(b, 1)) > 1 {
		return nil
	}
	for i, start := range t.at {
		end := len(b)
		if i+1 < len(t.at) {
			end = min(end, t.at[i+1])
		}
		start = min(start, end)
		if i > 0 && start < end && !isSpace(b[start-1]) { // numbers stand on the right of their column
			first := runBack(b, start, start-t.at[i-1], isDigit)
			if first == start || !isSpace(b[first-1]) {
				return nil
			}
			start = first
		}
		out = append(out, [2]int{start, end})
	}
	return out
}

// split cuts a line at sep; quotes hold a cell together.
func split(b []byte, sep byte) (out [][2]int) {
	for i := 0; ; {
		start := i
		if q := run(b, i, func(c byte) bool { return isSpace(c) && c != sep }); q < len(b) && (b[q] == '"' || b[q] == '\'' && sep != ':') {
			if n := closing(b, q, sep); n > 0 {
				i = n
			}
		}
		n := bytes.IndexByte(b[i:], sep)
		if n < 0 || len(out) > 255 {
			return append(out, [2]int{start, len(b)})
		}
		out = append(out, [2]int{start, i + n})
		i += n + 1
	}
}

// closing is the place behind the quote that closes the one at q, or 0: it stands
// before sep or at the end.
func closing(b []byte, q int, sep byte) int {
	for i := q + 1; i < len(b); i++ {
		if b[i] != b[q] {
			continue
		}
		if i+1 < len(b) && b[i+1] == b[q] {
			i++
			continue
		}
		if n := run(b, i+1, func(c byte) bool { return (isSpace(c) || c == ';' || c == ']' || c == ')') && c != sep }); n == len(b) || b[n] == sep {
			return i + 1
		}
	}
	return 0
}

// gaps cuts a line where at least so many blanks are.
func gaps(b []byte, blanks int) (out [][2]int) {
	for i := run(b, 0, isSpace); i < len(b); {
		end := i
		for end < len(b) && !isSpace(b[end]) || end+blanks <= len(b) && len(bytes.TrimLeft(b[end:end+blanks], " \t")) > 0 {
			end++
		}
		out = append(out, [2]int{i, min(end, len(b))})
		i = run(b, min(end, len(b)), isSpace)
	}
	return out
}

// unquote is a cell without blanks and quotes around it.
func unquote(b []byte, c [2]int) span {
	s := span{start: c[0] + run(b[c[0]:c[1]], 0, isSpace), end: c[0] + len(bytes.TrimRight(b[c[0]:c[1]], " \t\r")), rule: RulePassword}
	if s.start+1 < s.end && strings.IndexByte("\"'`", b[s.start]) >= 0 {
		if i := bytes.LastIndexByte(b[s.start+1:s.end], b[s.start]); i >= 0 {
			s.start, s.end = s.start+1, s.start+1+i
		}
	}
	s.from = s.start
	return s
}

// couple finds the value of a line that is a name and its value, with a sign
// between them that parts cells: DB_PASSWORD,x.
func (r *Redactor) couple(l line) []span {
	if !l.begin || l.more || len(l.b) > maxHead {
		return nil
	}
	for _, sep := range []byte(",;|\t") {
		if !slices.Contains([]int{1, 3}, bytes.Count(l.b, []byte{sep})) {
			continue
		}
		var full [][2]int
		for _, c := range split(l.b, sep) {
			if len(bytes.TrimSpace(l.b[c[0]:c[1]])) > 0 {
				full = append(full, c)
			}
		}
		if len(full) != 2 {
			continue
		}
		k, v := unquote(l.b, full[0]), unquote(l.b, full[1])
		name, value := string(l.b[k.start:k.end]), string(l.b[v.start:v.end])
		if run([]byte(name), 0, isKey) == len(name) && name != "" && compound(name) && r.secretColumn(name, "") && !strings.ContainsAny(value, " \t") && !harmless(kindPassword, name, value, '=') && strings.ToUpper(value) != value {
			return []span{v}
		}
	}
	return nil
}
