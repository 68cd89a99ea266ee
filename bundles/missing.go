package bundles

import (
	"fmt"
	"slices"
	"strings"
)

// Missing says why an input is not there, in the collector's own words; ok is
// true when nothing is missing: the glob matches a file, or its source was read
// without trouble and simply had none.
func (b *Bundle) Missing(glob string) (reason string, ok bool) {
	if slices.ContainsFunc(b.paths, func(p string) bool { return b.matchesLog(glob, p) }) {
		return "", true
	}
	name := sourceOfGlob(glob)
	src, found := b.Source(name)
	switch {
	case b.Cut:
		return fmt.Sprintf("%s: the bundle was cut off before it", name), false
	case !found:
		return fmt.Sprintf("%s: not collected by profile %s", name, b.Manifest.Profile.Name), false
	case src.Status == StatusOK:
		return "", true
	case src.Error != "":
		return fmt.Sprintf("%s: %s: %s", name, src.Status, src.Error), false
	}
	return fmt.Sprintf("%s: %s", name, src.Status), false
}

// sourceOfGlob names the source of an input's glob: the pattern facts/**/x.json
// stands for both readings of fact x.
func sourceOfGlob(glob string) string {
	return SourceOf(strings.ReplaceAll(glob, "**/", ""))
}
