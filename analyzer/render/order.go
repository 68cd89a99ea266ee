package render

import (
	"cmp"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

// node is a finding in its place: under the finding that explains it.
type node struct {
	report.Finding
	Number   int // 1 for the first that is shown
	Check    *report.Check
	Children []*node
	// AlsoBecause are further causes, besides the one it stands under.
	AlsoBecause []*node
	parent      *node
	order       int
}

// ref is the reference by which others name the finding.
func (n *node) ref() report.Ref { return report.Ref{Check: n.Check.ID, Key: n.Key} }

// arrange puts findings in order of cause: roots first, the verdict's cause
// before all, then by severity, then as in the report. A finding stands under
// its first cause; a circle of causes is cut where it is met first.
func arrange(r *report.Report) []*node {
	all := nodes(r)
	byRef := make(map[report.Ref]*node, len(all))
	for _, n := range all {
		if _, dup := byRef[n.ref()]; !dup {
			byRef[n.ref()] = n
		}
	}
	for _, n := range all {
		n.link(byRef)
	}
	var roots []*node
	for _, n := range all {
		if n.parent == nil {
			roots = append(roots, n)
		} else {
			n.parent.Children = append(n.parent.Children, n)
		}
	}
	next := 1
	sortNodes(roots, r.Verdict.Cause)
	enumerate(roots, r.Verdict.Cause, &next)
	return roots
}

func nodes(r *report.Report) []*node {
	var all []*node
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, f := range c.Findings {
			all = append(all, &node{Finding: f, Check: c, order: len(all)})
		}
	}
	return all
}

func (n *node) link(byRef map[report.Ref]*node) {
	for _, ref := range n.Because {
		cause := byRef[ref]
		switch {
		case cause == nil || cause == n:
		case n.parent == nil && !cause.under(n):
			n.parent = cause
		default:
			n.AlsoBecause = append(n.AlsoBecause, cause)
		}
	}
}

// under says that n stands somewhere below other, or is it.
func (n *node) under(other *node) bool {
	for ; n != nil; n = n.parent {
		if n == other {
			return true
		}
	}
	return false
}

func sortNodes(ns []*node, first *report.Ref) {
	rank := func(n *node) int {
		switch {
		case first != nil && n.ref() == *first:
			return 0
		case n.Waived != nil:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(ns, func(a, b *node) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			cmp.Compare(a.order, b.order))
	})
}

// enumerate sorts each level and counts in the order of display.
func enumerate(ns []*node, first *report.Ref, next *int) {
	for _, n := range ns {
		n.Number = *next
		*next++
		sortNodes(n.Children, first)
		enumerate(n.Children, first, next)
	}
}

// walk calls f for every finding in the order of display, with its depth.
func walk(ns []*node, depth int, f func(n *node, depth int)) {
	for _, n := range ns {
		f(n, depth)
		walk(n.Children, depth+1, f)
	}
}

// also are the titles of the other roots that the verdict names.
func also(r *report.Report, roots []*node) []string {
	var out []string
	for _, n := range roots {
		for _, ref := range r.Verdict.Also {
			if n.ref() == ref {
				out = append(out, oneLine(n.Title))
				break
			}
		}
	}
	return out
}
