package render

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// tabStop is how far apart tab stops are; log lines are full of tabs.
const tabStop = 4

// joints are the characters after which a word that is longer than a line is
// broken, when one stands in the line's second half: those of paths, addresses
// and names.
const joints = `/\-_.,;:&?=`

// columns is the width of a text on a terminal.
func columns(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] < ' ' {
			return twwidth.Width(s)
		}
	}
	return len(s)
}

// wrap breaks a cleaned text into lines of at most width columns: at line
// feeds, then at spaces, and inside a word only when it is longer than a line.
// The result has at least one line. Spaces within a line stay as they are.
func wrap(s string, width int) []string {
	var out []string
	for para := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		para = strings.TrimRight(expandTabs(para), " ")
		for columns(para) > width {
			head, rest := breakLine(para, width)
			out = append(out, head)
			para = rest
		}
		out = append(out, para)
	}
	return out
}

func expandTabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	col := 0
	for _, r := range s {
		if r != '\t' {
			b.WriteRune(r)
			col++
			continue
		}
		n := tabStop - col%tabStop
		b.WriteString(strings.Repeat(" ", n))
		col += n
	}
	return b.String()
}

// breakLine splits a text that is wider than width. A line break eats the
// spaces around it.
func breakLine(s string, width int) (head, rest string) {
	n := fits(s, width)
	if n == len(s) {
		return s, ""
	}
	cut := n
	if s[n] != ' ' {
		if i := strings.LastIndexByte(s[:n], ' '); i > 0 && strings.TrimLeft(s[:i], " ") != "" {
			cut = i
		} else if i := strings.LastIndexAny(s[:n], joints); i >= n/2 {
			cut = i + 1
		}
	}
	return strings.TrimRight(s[:cut], " "), strings.TrimLeft(s[cut:], " ")
}

// fits is the length in bytes of the longest beginning of s that is at most
// width columns wide, and at least one character.
func fits(s string, width int) int {
	n := 0
	for i, r := range s {
		end := i + len(string(r))
		if i > 0 && columns(s[:end]) > width {
			break
		}
		n = end
	}
	return n
}
