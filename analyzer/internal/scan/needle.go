package scan

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// minNeedle is the shortest literal worth searching for.
const minNeedle = 2

// needle is a literal without a newline that stands in every text that a
// pattern matches.
type needle struct {
	text string // lower case when fold
	fold bool   // ASCII letters match in either case
}

// maxNeedles bounds the needles of one pattern.
const maxNeedles = 16

// needlesOf finds needles of which at least one stands in every match of an
// expression, the longest it can; none: nothing is known.
func needlesOf(expr string) []needle {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	list := required(re)
	if shortest(list) < minNeedle || len(list) > maxNeedles {
		return nil
	}
	return list
}

// shortest is the length of the shortest needle, on which the list's use
// depends; 0 for an empty list.
func shortest(list []needle) int {
	if len(list) == 0 {
		return 0
	}
	n := len(list[0].text)
	for _, l := range list[1:] {
		n = min(n, len(l.text))
	}
	return n
}

// required walks down what every match must pass; of an alternation that is one
// of the needles of each way.
func required(re *syntax.Regexp) []needle {
	switch re.Op {
	case syntax.OpLiteral:
		if n := literalNeedle(string(re.Rune), re.Flags&syntax.FoldCase != 0); n.text != "" {
			return []needle{n}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		return requiredOfAny(re.Sub)
	case syntax.OpConcat:
		var best []needle
		for _, sub := range re.Sub {
			if list := required(sub); shortest(list) > shortest(best) {
				best = list
			}
		}
		return best
	}
	return nil
}

func requiredOfAny(ways []*syntax.Regexp) []needle {
	var all []needle
	for _, way := range ways {
		list := required(way)
		if len(list) == 0 {
			return nil
		}
		for _, n := range list {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// literalNeedle is the longest part of a literal that can be searched for:
// within a line and, where case does not count, of ASCII only.
func literalNeedle(s string, fold bool) needle {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || fold && r >= 0x80 })
	var best string
	for _, p := range parts {
		if len(p) > len(best) {
			best = p
		}
	}
	if fold {
		best = strings.ToLower(caseless(best))
		fold = strings.ContainsAny(best, "abcdefghijklmnopqrstuvwxyz")
	}
	return needle{text: best, fold: fold}
}

// Slow lists the patterns of a scan of which no literal is known that stands in
// whatever they match: each is tried on every line. The scan is valid.
func Slow(s decl.Scan) []decl.Pattern {
	var out []decl.Pattern
	for _, p := range s.Any {
		_, expr, err := newAlternative(p, s.IgnoreCase)
		if err == nil && len(needlesOf(expr)) == 0 {
			out = append(out, p)
		}
	}
	return out
}

// enoughCaseless is how long the part of a literal without letters must be to
// stand for the whole.
const enoughCaseless = 5

// caseless gives the longest part of a literal without letters, as the digits of a
// code, if it is long enough: that is found without folding, which is faster.
func caseless(s string) string {
	var best string
	for _, p := range strings.FieldsFunc(s, unicode.IsLetter) {
		if len(p) > len(best) {
			best = p
		}
	}
	if len(best) < enoughCaseless {
		return s
	}
	return best
}
