package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// columns is how wide a line on stderr may be.
const columns = 79

// say writes one message to w: each line begins with the name of the program,
// those after the first one are indented, and a long one is wrapped. A word is never cut, so that paths
// and flags can be copied.
func say(w io.Writer, format string, args ...any) {
	text, line := printable(fmt.Sprintf(format, args...)), "asrcollect:"
	for n, part := range strings.Split(text, "\n") {
		for i, word := range strings.Split(part, " ") {
			full := utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns
			if i == 0 && n > 0 || i > 0 && full {
				fmt.Fprintln(w, line)
				line = "asrcollect:  "
			}
			line += " " + word
		}
	}
	fmt.Fprintln(w, line)
}

// printable replaces characters that would steer a terminal: names of files are
// chosen by whoever may write to a folder.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// brief keeps the begin of a long reason; the manifest has all of it.
func brief(text string) string {
	const most = 200
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	begin := string([]rune(text)[:most])
	if i := strings.LastIndexByte(begin, ' '); i > 0 {
		begin = begin[:i]
	}
	return begin + " ..."
}

// flagError says in the words of the usage text what package flag found.
func flagError(err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return fmt.Errorf("unknown flag %s", dashed(name))
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return fmt.Errorf("%s needs a value", dashed(name))
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(text, "invalid "), "boolean ")
	value, verr := strconv.QuotedPrefix(strings.TrimPrefix(rest, "value "))
	before, after, ok := strings.Cut(rest, value+" for ")
	name, why, named := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(after, "flag "), "-"), ": ")
	switch {
	case verr != nil || !ok || !named || before != "value ":
		return err
	case why == "parse error":
		return fmt.Errorf("%s: %s is not a value for it", dashed(name), value)
	}
	return fmt.Errorf("%s: %s", dashed(name), why)
}

// dashed writes -q and --quick.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
