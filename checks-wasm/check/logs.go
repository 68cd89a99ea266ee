package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Searched says whether the hits of a scan are all that there is: whether its
// logs were there, could be read, had lines, and had the format. Else it gives
// the reason. Files that own says no to may have any form; nil: none may.
func (p *Pass) Searched(id string, own func(file string) bool) (reason string, ok bool) {
	glob := p.globOf(id)
	if reason, ok := p.Missing(glob); !ok {
		return reason, false
	}
	sum := p.Summary(id)
	if sum.Files == 0 {
		return fmt.Sprintf("no file %s was found", glob), false
	}
	if sum.Lines == 0 && strings.HasPrefix(glob, "facts/") { // records of which there were none
		return p.Unread(bundles.SourceOf(strings.ReplaceAll(glob, "**/", "")))
	}
	if sum.Lines == 0 {
		return fmt.Sprintf("%s is empty", glob), false
	}
	if len(sum.Unread) > 0 {
		return fmt.Sprintf("%s could not be read to its end", sum.Unread[0]), false
	}
	for _, file := range sum.Illegible {
		if own == nil || own(file) {
			return fmt.Sprintf("%s is not in the known format: under half of its lines could be read", file), false
		}
	}
	if sum.NewestLine == nil && p.timed(id) {
		return fmt.Sprintf("no line of %s has a time", glob), false
	}
	return p.Unread(bundles.SourceOf(strings.ReplaceAll(glob, "**/", "")))
}

// timed reports whether a scan's format gives lines a time.
func (p *Pass) timed(id string) bool {
	for _, s := range p.Check.Scans {
		if s.ID == id {
			return slices.ContainsFunc(p.Check.Formats, func(f scan.Format) bool { return f.ID == s.Format && len(f.Time.Groups) > 0 })
		}
	}
	return false
}

// globOf gives the glob of a scan's input.
func (p *Pass) globOf(id string) string {
	for _, s := range p.Check.Scans {
		if s.ID != id {
			continue
		}
		i := slices.IndexFunc(p.Check.Inputs, func(in abi.Input) bool { return in.ID == s.Input })
		if i >= 0 {
			return p.Check.Inputs[i].Glob
		}
	}
	panic(fmt.Errorf("scan %q, or its input, is not declared", id))
}
