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
	return globElems(strings.Split(strings.ToLower(pattern), "/"), strings.Split(strings.ToLower(name), "/"))
}

func globElems(pat, elems []string) bool {
	// One backtrack point is enough: a later ** makes an earlier one moot.
	star, mark := -1, 0
	p, e := 0, 0
	for e < len(elems) {
		switch {
		case p < len(pat) && pat[p] == "**":
			star, mark = p, e
			p++
		case p < len(pat) && GlobElement(pat[p], elems[e]):
			p++
			e++
		case star >= 0:
			mark++
			p, e = star+1, mark
		default:
			return false
		}
	}
	for p < len(pat) && pat[p] == "**" {
		p++
	}
	return p == len(pat)
}

// GlobElement reports whether one path element matches a pattern of `*`, any
// characters, and `?`, one character. Brackets and backslashes are ordinary
// characters, and case counts.
func GlobElement(pat, s string) bool {
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
		case p < len(pat) && pat[p] == s[i]:
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
