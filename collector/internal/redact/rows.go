package redact

import (
	"bytes"
	"slices"
	"strings"
)

// gridLines is how many lines a table of HTML, or a list of rows, may have.
const gridLines = 400

// grid is a table of HTML of which a heading names a column of secrets.
type grid struct {
	names []string // of the columns; "": no secrets
	at    int      // the next column
	left  int      // lines that it may have at most
}

// next finds the secrets in the cells of a line, and notes the headings.
func (g *grid) next(r *Redactor, b []byte) (out []span) {
	if g.left--; g.left < 0 && !bytes.Contains(bytes.ToLower(b), []byte("<th")) || len(b) > maxHead {
		*g = grid{}
		return nil
	}
	for i := 0; i < len(b); i++ {
		if b[i] != '<' {
			continue
		}
		tag := strings.ToLower(string(b[i+1 : run(b, i+1, func(c byte) bool { return isKnit(c) || c == '/' })]))
		open := bytes.IndexByte(b[i:], '>')
		if tag == "/table" {
			*g = grid{}
		}
		if tag == "tr" {
			g.at = 0
		}
		if open < 0 || tag != "th" && tag != "td" {
			continue
		}
		start := i + open + 1
		end := start + max(0, bytes.IndexByte(b[start:], '<'))
		out = append(out, g.cell(r, b, tag == "th", start, end)...)
	}
	return out
}

// cell is one cell, b[start:end].
func (g *grid) cell(r *Redactor, b []byte, head bool, start, end int) []span {
	name := strings.TrimSpace(string(b[start:end]))
	if g.at++; g.at > 64 {
		return nil
	}
	if head {
		g.names = append(g.names, make([]string, max(0, g.at-len(g.names)))...)
		if g.names[g.at-1], g.left = "", gridLines; name != "" && title(name) && r.secretColumn(name, "name") {
			g.names[g.at-1] = name
		}
		return nil
	}
	if g.at > len(g.names) || g.names[g.at-1] == "" {
		return nil
	}
	return secretCell(b, unquote(b, [2]int{start, end}), g.names[g.at-1])
}

// secretCell is a cell of a column of secrets, unless it has none.
func secretCell(b []byte, s span, name string) []span {
	if s.start >= s.end || harmless(kindPassword, name, string(b[s.start:s.end]), '=') {
		return nil
	}
	return []span{s}
}

// lists are rows as JSON and Python have them, each a list, behind a list of the
// names of their columns: ["user","password"], ["bob","x"].
type lists struct {
	names []string
	left  int // lines that may come until the next list
}

// next finds the secrets in the lists of a line, and notes the names.
func (t *lists) next(r *Redactor, b []byte) (out []span) {
	if t.left--; t.left < 0 {
		*t = lists{}
	}
	if len(b) > 8*maxHead || bytes.IndexByte(b, '"') < 0 && bytes.IndexByte(b, '\'') < 0 {
		return nil
	}
	for i := 0; i < len(b); i++ {
		if b[i] != '[' && b[i] != '(' {
			continue
		}
		cells, quoted, end := elements(b, i)
		if end == 0 || len(cells) < 2 {
			continue
		}
		i = end
		if names := r.columnNames(b, cells); quoted && names != nil {
			t.names, t.left = names, pairLines
			continue
		}
		if len(cells) != len(t.names) {
			continue
		}
		t.left = pairLines
		for k, c := range cells {
			if s := unquote(b, c); t.names[k] != "" && !common(string(b[s.start:s.end])) {
				out = append(out, secretCell(b, s, t.names[k])...)
			}
		}
	}
	return out
}

// elements are the values of a list without others in it that opens at i, whether
// all are in quotes, and where it closes; 0: there is none.
func elements(b []byte, i int) (cells [][2]int, quoted bool, end int) {
	quoted = true
	for start := i + 1; len(cells) < 64; {
		start = run(b, start, isSpace)
		v, isQuoted := line{b: b}.quotedValue(start)
		stop := run(b, start, func(c byte) bool { return strings.IndexByte(",[](){}\"'", c) < 0 })
		if isQuoted {
			stop = min(len(b), v.end+v.start-start)
		}
		quoted = quoted && isQuoted
		next := run(b, stop, isSpace)
		if next >= len(b) || stop == start {
			return nil, false, 0
		}
		cells = append(cells, [2]int{start, stop})
		switch b[next] {
		case ',':
			start = next + 1
		case ']', ')':
			return cells, quoted, next
		default:
			return nil, false, 0
		}
	}
	return nil, false, 0
}

// columnNames are the names of columns, of which one has secrets; nil: they are none.
func (r *Redactor) columnNames(b []byte, cells [][2]int) []string {
	names := make([]string, len(cells))
	for i, c := range cells {
		s := unquote(b, c)
		name := string(b[s.start:s.end])
		if name == "" || !title(name) || strings.Count(name, " ") > 2 {
			return nil
		}
		if r.secretColumn(name, "name") && r.named(name) {
			names[i] = name
		}
	}
	if slices.Max(names) == "" {
		return nil
	}
	return names
}
