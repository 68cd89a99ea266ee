// Package evidence compares what findings point to with the bundle. A module
// may say what it likes; what is not in the bundle does not reach the report.
package evidence

import (
	"cmp"
	"slices"

	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// MaxExcerpt is the longest excerpt, in bytes of UTF-8.
const MaxExcerpt = 300

// Verifier verifies evidence against one bundle. It reads every file at most
// once for each call of Verify and is not safe for concurrent use.
type Verifier struct {
	bundle *bundles.Bundle
	hits   map[place]scan.Hit
	marks  map[string][]logscan.Mark
}

// place is a range of a stored file.
type place struct {
	file           string
	offset, length int64
}

// New gives a verifier. The hits are those that the host itself found in the
// bundle: evidence that repeats one needs no second reading of the log. The marks
// are those of the scan: from one of them a log can be read on without what is
// before it.
func New(b *bundles.Bundle, hits []scan.Hit, marks map[string][]logscan.Mark) *Verifier {
	v := &Verifier{bundle: b, hits: map[place]scan.Hit{}, marks: marks}
	for _, h := range hits {
		v.hits[place{h.File, h.Offset, min(h.Length, scan.MaxLine)}] = h
	}
	return v
}

// claim is one piece of evidence that is being verified.
type claim struct {
	*abi.Evidence
	holds bool
}

// Verify takes out of the lists what is not in the bundle and says how many
// pieces of each list it dropped. To the others it adds line and excerpt.
func (v *Verifier) Verify(lists []*[]abi.Evidence) (dropped []int) {
	claims := make([][]claim, len(lists))
	byFile := map[string][]*claim{}
	for i, list := range lists {
		claims[i] = make([]claim, len(*list))
		for j := range *list {
			c := &claims[i][j]
			c.Evidence = &(*list)[j]
			c.Excerpt = ""
			byFile[c.File] = append(byFile[c.File], c)
		}
	}
	for file, list := range byFile {
		if v.bundle.Has(file) {
			v.file(file, list)
		}
	}
	dropped = make([]int, len(lists))
	for i, list := range lists {
		*list, dropped[i] = kept(claims[i])
	}
	return dropped
}

func kept(claims []claim) (list []abi.Evidence, dropped int) {
	for _, c := range claims {
		if c.holds {
			list = append(list, *c.Evidence)
		} else {
			dropped++
		}
	}
	return list, dropped
}

// file verifies the claims about one file, each by its form.
func (v *Verifier) file(name string, claims []*claim) {
	var ranges, lines, pointers []*claim
	for _, c := range claims {
		switch {
		case c.Offset != nil:
			if !v.known(c) {
				ranges = append(ranges, c)
			}
		case c.Pointer != nil:
			c.Line, c.Length = 0, 0
			pointers = append(pointers, c)
		case c.Line > 0:
			c.Length = 0
			lines = append(lines, c)
		}
	}
	v.ranges(name, ranges)
	v.pointers(name, pointers)
	v.lines(name, lines)
}

// known settles a claim that repeats a hit of the host's own.
func (v *Verifier) known(c *claim) bool {
	h, ok := v.hits[place{c.File, *c.Offset, c.Length}]
	if ok {
		c.holds, c.Line, c.Excerpt, c.Value = true, h.Line, shorten(h.Text), nil
	}
	return ok
}

func byOffset(a, b *claim) int { return cmp.Compare(*a.Offset, *b.Offset) }

func byLine(a, b *claim) int { return cmp.Compare(a.Line, b.Line) }

// sorted gives a list in order without changing the other.
func sorted(list []*claim, order func(a, b *claim) int) []*claim {
	list = slices.Clone(list)
	slices.SortStableFunc(list, order)
	return list
}
