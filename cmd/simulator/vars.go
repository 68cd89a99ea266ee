package simulator

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// Vars are what {NAME} stands for: the variables that are set and, of every port
// NAME, {NAME}, {NAME.host} and {NAME.port}.
type Vars map[string]string

var (
	braces   = regexp.MustCompile(`\{([a-zA-Z][a-zA-Z0-9._-]*)\}`)
	drawings = regexp.MustCompile(`\{(n|hex|pick:[^}]*|[0-9]+-[0-9]+)\}`)
)

// Expand puts values in the place of {NAME}. An unknown name is left as it is:
// braces stand in logs, too.
func (v Vars) Expand(text string) string {
	for range 4 { // a variable may name others
		next := braces.ReplaceAllStringFunc(text, func(m string) string {
			if value, ok := v[m[1:len(m)-1]]; ok {
				return value
			}
			return m
		})
		if next == text {
			break
		}
		text = next
	}
	return text
}

// draw puts something else into each line of a series: {n} its number, {hex} a
// number of six hexadecimal digits, {10-500} a number between, {pick:a,b,c} each
// in turn.
func draw(text string, n int, r *rand.Rand) string {
	return drawings.ReplaceAllStringFunc(text, func(m string) string {
		switch m = m[1 : len(m)-1]; {
		case m == "n":
			return strconv.Itoa(n)
		case m == "hex":
			return fmt.Sprintf("%06x", r.Uint32N(1<<24))
		case strings.HasPrefix(m, "pick:"):
			list := strings.Split(m[len("pick:"):], ",")
			return list[n%len(list)]
		}
		var from, to int
		if _, err := fmt.Sscanf(m, "%d-%d", &from, &to); err != nil || to < from {
			return m
		}
		return strconv.Itoa(from + r.IntN(to-from+1))
	})
}
