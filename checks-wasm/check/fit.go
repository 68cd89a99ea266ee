package check

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// What the host takes of a finding, and of a check: a bundle is a stranger's, and
// what stands in it may be of any length and number. Without these bounds the check
// would lose its answer.
const (
	maxEvidence = 100
	maxFindings = 200     // of one check; the host takes 1,000 of a module
	maxTitle    = 1 << 10 // bytes
	maxText     = 8 << 10 // bytes of a detail, a reason or a value of evidence
	maxStep     = 4 << 10 // bytes of a step of a remedy
)

// fit cuts what is too much of a finding.
func fit(f Finding) Finding {
	f.Title, f.Subject, f.Detail = cutText(f.Title, maxTitle), cutText(f.Subject, maxTitle), cutText(f.Detail, maxText)
	if slices.ContainsFunc(f.Remedy, func(step string) bool { return len(step) > maxStep }) {
		f.Remedy = slices.Clone(f.Remedy)
		for i, step := range f.Remedy {
			f.Remedy[i] = cutText(step, maxStep)
		}
	}
	f.Evidence = fitEvidence(f.Evidence)
	return f
}

// fitEvidence leaves out what is beyond the host's bounds: values that are too long
// together, and the pieces behind the first ones.
func fitEvidence(list []abi.Evidence) []abi.Evidence {
	const most = 4 * maxText
	sum := 0
	kept := list[:0:0]
	for _, e := range list {
		if len(kept) == maxEvidence || len(e.Value) > maxText || sum+len(e.Value) > most {
			continue
		}
		sum += len(e.Value)
		kept = append(kept, e)
	}
	return kept
}

// fitRows cuts the cells of a table, and leaves out the rows that a line of output
// has no room for; how many, its last row says.
func fitRows(rows [][]string) [][]string {
	const (
		maxCell = 512 // bytes
		most    = 4 * maxText
	)
	sum := 0
	kept := make([][]string, 0, len(rows))
	for i, row := range rows {
		cut := make([]string, len(row))
		for k, cell := range row {
			cut[k] = cutText(cell, maxCell)
			sum += len(cut[k]) + len(`"",`)
		}
		if sum > most && len(row) > 0 {
			last := make([]string, len(row))
			last[0] = Number(int64(len(rows)-i)) + " more"
			return append(kept, last)
		}
		kept = append(kept, cut)
	}
	return kept
}

// cutText cuts a text to at most so many bytes, at the end of a rune.
func cutText(text string, most int) string {
	const mark = " ..."
	if len(text) <= most {
		return text
	}
	end := most - len(mark)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}

// leftOut says how many findings were not reported; empty for none.
func (p *Pass) leftOut() string {
	if p.found <= maxFindings {
		return ""
	}
	return fmt.Sprintf("%s more findings of the check are left out", Number(int64(p.found-maxFindings)))
}
