package redact

import (
	"bytes"
	"slices"
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
	l.b = slices.Concat(bytes.Repeat([]byte{' '}, n), l.b[n:])
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
func leads(b []byte) bool {
	text := strings.TrimSpace(string(b))
	if text == "" {
		return false
	}
	first, _, _ := strings.Cut(strings.Trim(text, "[]<>() "), " ")
	switch first = strings.ToUpper(strings.TrimRight(first, ":]|")); {
	case strings.Trim(text, "#>|*;/+!") == "", text == "--", first == "REM":
		return true
	case stamped(b), text[0] == '[' && strings.IndexByte("]:", text[len(text)-1]) >= 0, text[len(text)-1] == '|' && len(text) <= 40:
		return true
	case slices.Contains([]string{"INFO", "DEBUG", "WARN", "WARNING", "ERROR", "TRACE", "VERBOSE", "FATAL", "NOTICE"}, first):
		return true
	}
	return timeIn(b)
}

// timeIn reports whether a text has a time: 14:22:31.
func timeIn(b []byte) bool {
	for i := 2; i+5 < len(b); i++ {
		if b[i] == ':' && b[i+3] == ':' && isDigit(b[i-1]) && isDigit(b[i+1]) && isDigit(b[i+2]) && isDigit(b[i+4]) && isDigit(b[i+5]) {
			return true
		}
	}
	return false
}

// prelude reports whether what stands before a name in its line is what lines of a
// log begin with, and no sentence.
func prelude(head string) bool {
	head = strings.TrimRight(head, " \t\"'")
	last := head[strings.LastIndexAny(head, " \t")+1:]
	return leads([]byte(head+" ")) && last != "" && (strings.ToUpper(last) == last || strings.IndexByte(":]|)", last[len(last)-1]) >= 0)
}
