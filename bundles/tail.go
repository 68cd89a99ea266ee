package bundles

import "strings"

// TailSuffix ends the path of what a log gained after it was first read. What
// comes before it is the path of the log.
const TailSuffix = ".tail"

// LogName is the path of a log as it was before the writer changed it: without
// TailSuffix, and without the "~2" of a name that was taken.
func LogName(path string) string {
	path = strings.TrimSuffix(path, TailSuffix)
	if i := strings.LastIndexByte(path, '~'); i >= 0 && i+1 < len(path) && strings.Trim(path[i+1:], "0123456789") == "" {
		return path[:i]
	}
	return path
}

// GoesOn reports whether f is the tail of a log and begins where the log's first
// part ends, so that both are to be read as one text.
func (f File) GoesOn(first File) bool {
	if f.Path != first.Path+TailSuffix || f.SourcePath != first.SourcePath || len(f.Ranges) == 0 {
		return false
	}
	switch {
	case len(first.Ranges) > 0:
		return f.Ranges[0][0] == first.Ranges[len(first.Ranges)-1][1]
	case first.StoredFrom != "" || first.OriginalSize == nil:
		return false
	}
	return f.Ranges[0][0] == *first.OriginalSize
}

// TailOf is the log that a path goes on with, by the rows of the manifest.
func (b *Bundle) TailOf(path string) (log string, ok bool) {
	log, ok = strings.CutSuffix(path, TailSuffix)
	if !ok {
		return "", false
	}
	first, has := b.File(log)
	row, _ := b.File(path)
	return log, has && row.GoesOn(first)
}
