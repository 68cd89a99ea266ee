package zipform

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"
)

// CleanName checks the name of an archive's entry and gives it in the form that
// fs.FS uses: leading "./" and one trailing "/" are dropped. It fails with
// ErrName for whatever could mean another place on some system: absolute
// names, "..", drive letters, alternate data streams and all other colons,
// backslashes, control characters, invalid UTF-8, and names that are over
// MaxName or MaxDepth.
func CleanName(raw string) (string, error) {
	name := raw
	for strings.HasPrefix(name, "./") {
		name = name[2:]
	}
	name = strings.TrimSuffix(name, "/")
	switch {
	case len(name) > MaxName:
		return "", fmt.Errorf("%w: it has %d bytes", ErrName, len(name))
	case strings.Count(name, "/") >= MaxDepth:
		return "", fmt.Errorf("%w: it is deeper than %d folders", ErrName, MaxDepth)
	case name == "." || !fs.ValidPath(name):
		return "", fmt.Errorf("%w: %q is not a relative path", ErrName, raw)
	case strings.ContainsAny(name, `\:`):
		return "", fmt.Errorf("%w: %q has a backslash or a colon", ErrName, raw)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "", fmt.Errorf("%w: %q has a control character", ErrName, raw)
	}
	return name, nil
}
