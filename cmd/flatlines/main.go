// Command flatlines writes copies of the standard library's files of the packages
// that are named (go list's patterns) and of all that they import, in which each
// function has one line number, and an overlay for go build that takes the
// copies. Such a program is a fortieth smaller: its tables from code to lines are.
// In a stack trace a function of the standard library has its name, its first line
// and the offset; own code has its lines as before.
//
//	flatlines [-tags TAGS] [-portable PACKAGE,...] DIR PACKAGE...
//
// writes DIR/overlay.json. GOOS, GOARCH and GOEXPERIMENT choose the files, as in
// go build. Of the packages that -portable names the overlay takes the files that
// the tag purego would, which are smaller than those with assembly, and leaves all
// other packages as they are.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	tags := flag.String("tags", "", "build tags")
	portable := flag.String("portable", "", "packages of the standard library without assembly, with commas; needs -tags")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "flatlines: usage: flatlines [-tags TAGS] [-portable PACKAGE,...] DIR PACKAGE...")
		os.Exit(2)
	}
	if err := run(*tags, list(*portable), flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "flatlines: error:", err)
		os.Exit(1)
	}
}

// source is what go list says of a package.
type source struct {
	Dir, ImportPath   string
	Standard          bool
	GoFiles, SFiles   []string
	IgnoredGoFiles    []string
	IgnoredOtherFiles []string
}

// list are the words between commas.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// run writes the copies and the overlay into dir, the overlay last.
func run(tags string, portable []string, dir string, packages []string) error {
	std, err := listed(tags, packages)
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	replace := map[string]string{}
	for _, p := range std {
		for _, name := range p.GoFiles {
			from := filepath.Join(p.Dir, name)
			to := filepath.Join(dir, filepath.FromSlash(p.ImportPath), name)
			if replace[from], err = to, copyFlat(from, to); err != nil {
				return err
			}
		}
	}
	if err := withoutAssembly(std, portable, tags, dir, replace); err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return writeChanged(filepath.Join(dir, "overlay.json"), text)
}

// listed are the packages of the standard library that packages are made of.
func listed(tags string, packages []string) (std []source, err error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-tags", tags, "-json=Dir,ImportPath,Standard,GoFiles,SFiles,IgnoredGoFiles,IgnoredOtherFiles"}, packages...)...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p source
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return std, nil
		} else if err != nil {
			return nil, fmt.Errorf("read go list: %w", err)
		}
		if p.Standard {
			std = append(std, p)
		}
	}
}

// copyFlat writes the flat form of one file.
func copyFlat(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if text, err = flat(from, text); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return writeChanged(to, text)
}

// writeChanged leaves a file alone that has the text.
func writeChanged(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(text) {
		return nil
	}
	return os.WriteFile(path, text, 0o644)
}
