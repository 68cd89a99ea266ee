package bundles

import (
	"path"
	"strings"
	"unicode/utf8"
)

// Glob reports whether a bundle path matches a pattern: `*` and `?` match
// within a path element, `**` any number of elements. Case does not count,
// because Windows paths have none.
func Glob(pattern, name string) bool {
	if !isASCII(pattern) || !isASCII(name) {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	return globPath(pattern, name)
}

// globPath compares the elements of a path, in place, without regard to the case
// of ASCII letters.
func globPath(pattern, name string) bool {
	// One backtrack point is enough: a later ** makes an earlier one moot.
	star, mark := -1, 0
	p, e := 0, 0
	for e <= len(name) {
		want, afterWant := element(pattern, p)
		elem, afterElem := element(name, e)
		switch {
		case want == "**":
			star, mark = afterWant, e
			p = afterWant
		case p <= len(pattern) && globElement(want, elem, true):
			p, e = afterWant, afterElem
		case star >= 0:
			_, mark = element(name, mark)
			p, e = star, mark
		default:
			return false
		}
	}
	for p <= len(pattern) {
		want, after := element(pattern, p)
		if want != "**" {
			return false
		}
		p = after
	}
	return true
}

// element is the element of a path that begins at a place, and the place where
// the next one does, which is behind the path's end for the last.
func element(path string, at int) (elem string, next int) {
	if at > len(path) {
		return "", at
	}
	if n := strings.IndexByte(path[at:], '/'); n >= 0 {
		return path[at : at+n], at + n + 1
	}
	return path[at:], len(path) + 1
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lower is the small letter of a capital one of ASCII, and any other byte as it is.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// GlobElement reports whether one path element matches a pattern of `*`, any
// characters, and `?`, one character. Brackets and backslashes are ordinary
// characters, and case counts.
func GlobElement(pat, s string) bool { return globElement(pat, s, false) }

// globElement can also take capital letters of ASCII for small ones.
func globElement(pat, s string, fold bool) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pat) && pat[p] == '*':
			star, mark = p, i
			p++
		case p < len(pat) && pat[p] == '?':
			p++
			i += runeLen(s[i:])
		case p < len(pat) && (pat[p] == s[i] || fold && lower(pat[p]) == lower(s[i])):
			p++
			i++
		case star >= 0:
			mark += runeLen(s[mark:])
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pat) && pat[p] == '*' {
		p++
	}
	return p == len(pat)
}

// runeLen is the length of the first character.
func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// SourceOf names the source that a bundle path belongs to: "services" for
// facts/services.json and facts/start/services.json, "logs/cxps" for
// logs/cxps/**, "metrics" for metrics/**. It is empty for the fixed files.
func SourceOf(name string) string {
	first, rest, _ := strings.Cut(name, "/")
	switch first {
	case "facts":
		base := path.Base(rest)
		return strings.TrimSuffix(strings.TrimSuffix(base, ".json"), ".ndjson")
	case "logs":
		id, _, _ := strings.Cut(rest, "/")
		return "logs/" + id
	case "metrics":
		return "metrics"
	}
	return ""
}
