package paths

import "strings"

// shortPath takes off the prefix that Windows writes before a full path.
func shortPath(path string) string {
	if rest, ok := strings.CutPrefix(path, `\\?\UNC\`); ok {
		return `\\` + rest
	}
	return strings.TrimPrefix(path, `\\?\`)
}
