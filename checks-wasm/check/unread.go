package check

import (
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
)

// Unread says why a source that the collector tried could not be read, wholly
// or in part, in its words. It gives ok when it was read, and also when the
// profile does not name it or it was skipped: for inputs that only some
// machines have. Of a bundle that was cut off nobody knows what is missing: a
// source without a file counts as not read.
func (p *Pass) Unread(source string) (reason string, ok bool) {
	if p.Bundle.Cut {
		if slices.ContainsFunc(p.Bundle.Paths(), func(name string) bool { return bundles.SourceOf(name) == source }) {
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
