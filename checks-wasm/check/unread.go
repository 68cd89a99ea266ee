package check

import (
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
)

// Absent is Unread for sources of which a part is enough, beside better proof:
// one that was read in part and has a file in the bundle counts as read.
func (p *Pass) Absent(source string) (reason string, ok bool) {
	reason, ok = p.Unread(source)
	if s, found := p.Bundle.Source(source); !ok && found && s.Status == bundles.StatusPartial {
		ok = p.hasFileOf(source)
	}
	return reason, ok
}

func (p *Pass) hasFileOf(source string) bool {
	return slices.ContainsFunc(p.Bundle.Paths(), func(name string) bool { return bundles.SourceOf(name) == source })
}

// Unread says why a source that the collector tried could not be read, wholly
// or in part, in its words. It gives ok when it was read, and also when the
// profile does not name it or it was skipped: for inputs that only some
// machines have. Of a bundle that was cut off nobody knows what is missing: a
// source without a file counts as not read.
func (p *Pass) Unread(source string) (reason string, ok bool) {
	if p.Bundle.Cut {
		if p.hasFileOf(source) {
			return "", true
		}
		return source + ": the bundle was cut off before it", false
	}
	tried := []string{bundles.StatusPartial, bundles.StatusFailed, bundles.StatusTimeout, bundles.StatusDenied, bundles.StatusWithheld}
	s, found := p.Bundle.Source(source)
	if !found || !slices.Contains(tried, s.Status) {
		return "", true
	}
	if s.Error != "" {
		return source + ": " + s.Status + ": " + s.Error, false
	}
	return source + ": " + s.Status, false
}
