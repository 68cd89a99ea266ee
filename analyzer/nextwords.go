package analyzer

import (
	"slices"
	"strings"
)

// What reasons of the same kind have alike at their ends, at least.
const (
	likeLead = 2 // words
	likeTail = 3
)

// merged puts reasons together that differ only in the middle: "reads A again and
// anew" and "reads B again and anew". They stay in the order of the first of each
// kind.
func merged(reasons []string) []string {
	var out []string
	done := make([]bool, len(reasons))
	for i, first := range reasons {
		if done[i] {
			continue
		}
		lead, tail, ok := ends(first)
		var middles []string
		for k := i; ok && k < len(reasons); k++ {
			middle, like := between(reasons[k], lead, tail)
			if !done[k] && like {
				middles = append(middles, middle)
				done[k] = true
			}
		}
		if len(middles) < 2 {
			out = append(out, first)
			continue
		}
		out = append(out, lead+listed(middles)+tail)
	}
	return out
}

// ends are the parts of a reason by which others are of its kind: up to its colon, or
// its first words, and its last words.
func ends(reason string) (lead, tail string, ok bool) {
	words := strings.Split(reason, " ")
	if len(words) < likeLead+likeTail {
		return "", "", false
	}
	lead, _, ok = strings.Cut(reason, ": ")
	lead += ": "
	if !ok {
		lead = words[0] + " "
	}
	tail = " " + strings.Join(words[len(words)-likeTail-1:], " ")
	return lead, tail, len(lead)+len(tail) < len(reason)
}

func between(reason, lead, tail string) (string, bool) {
	rest, ok := strings.CutPrefix(reason, lead)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutSuffix(rest, tail)
	return rest, ok && rest != ""
}

// listed joins what was between: without repeating what all have at their ends.
func listed(list []string) string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	tail := commonTail(out)
	for i := range out {
		out[i] = strings.TrimSuffix(out[i], tail)
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1] + tail
}

// commonTail is the longest end of whole words that all have, with the blank before
// it.
func commonTail(list []string) string {
	tail := ""
	for {
		rest := strings.TrimSuffix(list[0], tail)
		i := strings.LastIndexByte(rest, ' ')
		if i <= 0 {
			return tail
		}
		longer := rest[i:] + tail
		if slices.ContainsFunc(list, func(s string) bool { return !strings.HasSuffix(s, longer) || len(s) == len(longer) }) {
			return tail
		}
		tail = longer
	}
}
