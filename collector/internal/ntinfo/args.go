package ntinfo

import "strings"

// SplitArgs splits a command line as programs of Windows do: blanks separate,
// quotes join, and of backslashes before a quote each two are one.
func SplitArgs(line string) []string {
	var out []string
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		var arg string
		if len(out) == 0 {
			arg, line = program(line)
		} else {
			arg, line = argument(line)
		}
		out = append(out, arg)
	}
	return out
}

// program splits off the first argument, in which backslashes mean themselves.
func program(line string) (first, rest string) {
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		first, rest, _ = strings.Cut(quoted, `"`)
		return first, rest
	}
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, ""
}

func argument(line string) (arg, rest string) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], `\`))
			i += n - 1
			if i+1 == len(line) || line[i+1] != '"' {
				b.WriteString(line[i+1-n : i+1])
				continue
			}
			b.WriteString(strings.Repeat(`\`, n/2))
			if n%2 == 1 {
				b.WriteByte('"')
				i++
			}
		case c == '"' && quoted && i+1 < len(line) && line[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return b.String(), line[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
