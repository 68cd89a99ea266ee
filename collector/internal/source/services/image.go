package services

import (
	"errors"
	"io/fs"
	"strings"
)

// maxCandidates bounds the places that an unquoted path with many blanks may
// mean.
const maxCandidates = 24

// imageExists reports whether the program of a command line is there; nil when
// that cannot be told. stat is os.Stat.
func imageExists(line, systemRoot string, stat func(string) (fs.FileInfo, error)) *bool {
	there := false
	candidates := imagePaths(line, systemRoot)
	if len(candidates) == 0 {
		return nil
	}
	for _, path := range candidates {
		info, err := stat(path)
		switch {
		case err == nil && !info.IsDir():
			there = true
			return &there
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil
		}
	}
	return &there
}

// imagePaths lists the files that a service's command line may mean, in the order
// in which Windows looks for them: what stands in quotes; without quotes each
// part that ends at a blank, because blanks may be part of the path. Variables
// are the caller's to expand. A program on a share is not looked for: the server
// may be gone.
func imagePaths(line, systemRoot string) []string {
	line = strings.TrimSpace(line)
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		line, _, _ = strings.Cut(quoted, `"`)
		return places(line, systemRoot)
	}
	var out []string
	for i := 0; i <= len(line) && len(out) < maxCandidates; i++ {
		if i == len(line) || line[i] == ' ' || line[i] == '\t' {
			out = append(out, places(strings.TrimRight(line[:i], " \t"), systemRoot)...)
		}
	}
	return out
}

// places are the files that one path may mean.
func places(path, systemRoot string) []string {
	path = strings.TrimPrefix(strings.ReplaceAll(path, "/", `\`), `\??\`)
	if rest, ok := cutPrefixFold(path, `\SystemRoot\`); ok {
		path = systemRoot + `\` + rest
	}
	var roots []string
	switch {
	case path == "", strings.HasPrefix(path, `\\`):
		return nil
	case len(path) > 1 && path[1] == ':':
		roots = []string{path}
	case path[0] == '\\':
		roots = []string{systemRoot[:min(2, len(systemRoot))] + path}
	default: // a driver's path is relative to the system's folder, a program's to System32
		roots = []string{systemRoot + `\System32\` + path, systemRoot + `\` + path}
	}
	var out []string
	for _, p := range roots {
		out = append(out, p)
		if name := p[strings.LastIndexByte(p, '\\')+1:]; !strings.Contains(name, ".") {
			out = append(out, p+".exe")
		}
	}
	return out
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
