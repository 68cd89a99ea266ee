package redact

import (
	"bytes"
	"strings"
)

// maxLead is how much of a line is kept to find in the next ones what all lines of
// a log begin with, in bytes.
const maxLead = 160

// within gives a line in which something goes on, with blanks in place of what it
// and the line where that began have both before their text: a time, a level, the
// sign of a comment. What is in lines of its own is then found behind it, too.
func (t *thread) within(l line) line {
	t.lead = t.lead[:min(len(t.lead), maxLead)]
	t.base, t.under = 0, column(t.lead, 0)
	if !t.open() || !l.begin {
		return l
	}
	i, n := together(t.lead, l.b)
	if n == 0 || !leads(l.b[:n]) {
		return l
	}
	t.base, t.under = n, column(t.lead, i)
	l.b = append(bytes.Repeat([]byte{' '}, n), l.b[n:]...)
	return l
}

// column is how far the text of a line is indented, behind the signs of a list and
// its first i bytes.
func column(lead string, i int) int {
	rest := lead[i:]
	return len(rest) - len(strings.TrimLeft(rest, "- \t"))
}

// together is how many bytes two lines begin with that are the same but for the
// numbers in them, up to the end of a word.
func together(lead string, b []byte) (i, j int) {
	ends, end := 0, 0
	for i < len(lead) && j < len(b) {
		if isDigit(lead[i]) && isDigit(b[j]) {
			i, j = run([]byte(lead), i, isDigit), run(b, j, isDigit)
			continue
		}
		if lead[i] != b[j] {
			break
		}
		i, j = i+1, j+1
		if c := b[j-1]; strings.IndexByte(" \t|#>]", c) >= 0 {
			ends, end = i, j
		}
	}
	return ends, end
}

// leads reports whether lines of a log or a comment begin with a text: it has a
// time, begins with a level or a word in brackets, or is made of signs.
func leads(b []byte) bool { return len(b) > 0 && leadIn.in(b) != nil }

// prelude reports whether what stands before a name in its line is what lines of a
// log begin with, and no sentence.
func prelude(head []byte) bool { return preludeEnd.in(head) != nil && leads(head) }
