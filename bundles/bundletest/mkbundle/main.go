// Command mkbundle makes bundles of readable sources: NAME.txtar becomes
// NAME.zip. Arguments are files or patterns; the form of a source is told in
// package bundletest.
//
//	mkbundle -out DIR SOURCE...
//
// The same source gives the same bytes. Exit codes: 0 made, 1 not made, 2 usage.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"golang.org/x/tools/txtar"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, errs io.Writer) int {
	flags := flag.NewFlagSet("mkbundle", flag.ContinueOnError)
	flags.SetOutput(errs)
	out := flags.String("out", ".", "folder to write the bundles to")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() == 0:
		fmt.Fprintln(errs, "usage: mkbundle -out DIR SOURCE...")
		return 2
	}
	if err := makeAll(*out, flags.Args()); err != nil {
		fmt.Fprintln(errs, "mkbundle: error:", err)
		return 1
	}
	return 0
}

// makeAll makes a bundle of every file that one of the patterns names.
func makeAll(dir string, patterns []string) error {
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if len(files) == 0 {
			return fmt.Errorf("no file matches %q", pattern)
		}
		for _, file := range files {
			if err := makeOne(dir, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func makeOne(dir, file string) error {
	zip, err := bundleOf(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	name := strings.TrimSuffix(filepath.Base(file), ".txtar") + ".zip"
	return os.WriteFile(filepath.Join(dir, name), zip, 0o644)
}

// bundleOf gives the bytes of the bundle that a source describes.
func bundleOf(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tree, err := bundletest.Parse(txtar.Parse(data))
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := tree.WriteZip(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
