package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pure finds the tag that chooses between assembly and Go in a build constraint.
var pure = regexp.MustCompile(`(?m)^(//go:build .*)\bpurego\b(.*)$`)

// withoutAssembly adds copies of the named packages' files to the overlay that have
// the first of the tags, which is set, in the place of purego, which is not: that
// would be set for all packages. A package that has no such files is an error: it
// would be linked with its assembly, and nobody would notice.
func withoutAssembly(std []source, portable []string, tags, dir string, replace map[string]string) error {
	if len(portable) > 0 && tags == "" {
		return fmt.Errorf("take packages without assembly: needs a tag that is set")
	}
	tag, _, _ := strings.Cut(tags, ",")
	for _, path := range portable {
		i := slices.IndexFunc(std, func(p source) bool { return p.ImportPath == path })
		if i < 0 {
			return fmt.Errorf("take %q without assembly: the program is not made of it", path)
		}
		n, err := retag(std[i], tag, filepath.Join(dir, filepath.FromSlash(path)), replace)
		if err != nil {
			return err
		}
		if n < 2 {
			return fmt.Errorf("take %q without assembly: %d of its files name the tag purego", path, n)
		}
	}
	return nil
}

// retag copies the files of a package that name the tag purego, and says how many.
func retag(p source, tag, dir string, replace map[string]string) (n int, err error) {
	for _, name := range slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.SFiles, p.IgnoredOtherFiles) {
		from, to := filepath.Join(p.Dir, name), filepath.Join(dir, name)
		text, err := os.ReadFile(from)
		if err != nil {
			return n, err
		}
		if !pure.Match(text) || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if strings.HasSuffix(name, ".go") {
			if text, err = flat(from, text); err != nil {
				return n, err
			}
		}
		n, replace[from] = n+1, to
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return n, err
		}
		if err := writeChanged(to, pure.ReplaceAll(text, []byte("${1}"+tag+"${2}"))); err != nil {
			return n, err
		}
	}
	return n, nil
}
