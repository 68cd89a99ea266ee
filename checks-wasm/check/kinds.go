package check

import "strings"

// kindOf is what messages of one kind have in common: without places in code,
// addresses, ids and numbers. (An expression would add half a megabyte to the
// module.)
func kindOf(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	if at := strings.LastIndex(line, " at "); at >= 0 && strings.Contains(line[at:], " line ") {
		line = line[:at]
	}
	words := strings.Fields(line)
	for i, w := range words {
		words[i] = kindWord(w)
	}
	return strings.Join(words, " ")
}

func kindWord(w string) string {
	if strings.Contains(w, "://") || strings.Count(w, "-") == 4 && len(w) >= len("01234567-0123-0123-0123-0123456789ab") {
		return "#"
	}
	if isCode(w) {
		return w
	}
	var b strings.Builder
	digits := false
	for _, c := range w {
		if is := c >= '0' && c <= '9'; is && !digits {
			b.WriteByte('#')
			digits = true
		} else if !is {
			b.WriteRune(c)
			digits = false
		}
	}
	return b.String()
}

// isCode reports whether a word is the number of an error: three digits, as HTTP
// has, or one in parentheses, as curl's.
func isCode(w string) bool {
	const digits = "0123456789"
	return len(w) == 3 && strings.Trim(w, digits) == "" || len(w) > 2 && w[0] == '(' && strings.Trim(w, digits+"()") == ""
}
