package check

import (
	"encoding/json"
	"slices"
	"strings"
)

// foreign stands in a command for what is no name, address or path: whoever made the
// bundle chose it, and somebody will copy the command into a shell.
const foreign = "NAME-FROM-THE-EVIDENCE"

// Odd reports whether a name, address or path of the bundle holds what a shell takes
// for more than that. Blanks and brackets are in many paths of Windows, which
// commands quote.
func Odd(value string) bool {
	return strings.ContainsAny(value, "`$;&|<>\"'!\n\r") || strings.HasPrefix(value, "-")
}

// plainRemedy gives the steps of a finding with a placeholder for the odd ones among
// the values it is about: its subject, the host of that, and the evidence.
func plainRemedy(f Finding) []string {
	steps := f.Remedy
	for _, value := range valuesOf(f) {
		if !Odd(value) || !slices.ContainsFunc(steps, func(s string) bool { return strings.Contains(s, value) }) {
			continue
		}
		out := make([]string, len(steps))
		for i, s := range steps {
			out[i] = strings.ReplaceAll(s, value, foreign)
		}
		steps = out
	}
	return steps
}

// valuesOf lists what a finding is about.
func valuesOf(f Finding) []string {
	const tooShort = 4 // would be found in any text
	list := []string{f.Subject}
	for _, e := range f.Evidence {
		var text string
		if json.Unmarshal(e.Value, &text) == nil {
			list = append(list, text)
		}
	}
	for _, value := range list {
		if i := strings.LastIndexByte(value, ':'); i > 0 {
			list = append(list, value[:i])
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return len(s) < tooShort })
}
