//go:build ignore

// Command packer writes the profiles of its folder, packed, into the file that
// is named.
package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := pack(filepath.Dir(os.Args[1]), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "packer: error:", err)
		os.Exit(1)
	}
}

// pack is undone by unpack.
func pack(dir, to string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(dir, filepath.Base(to)+".*")
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	for _, f := range files {
		text, rerr := os.ReadFile(f)
		_, werr := fmt.Fprintf(z, "%s\n%s\x00", strings.TrimSuffix(filepath.Base(f), ".json"), text)
		err = errors.Join(err, rerr, werr)
	}
	if err = errors.Join(err, z.Close(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return os.Rename(out.Name(), to)
}
