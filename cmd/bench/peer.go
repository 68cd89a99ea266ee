package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
)

// peerArg starts this program as a peer, in a process of its own.
const peerArg = "__inflate"

// peer does what the analyzer cannot do without: it inflates the logs of a zip and
// hashes them, with the libraries that the analyzer uses.
func peer(args []string, errs io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(errs, "usage: bench", peerArg, "ZIP")
		return 2
	}
	if err := inflateLogs(args[0]); err != nil {
		fmt.Fprintln(errs, "bench: error:", err)
		return 1
	}
	return 0
}

func inflateLogs(file string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	buf := make([]byte, 256<<10)
	for _, e := range z.File {
		if !strings.HasPrefix(e.Name, "logs/") {
			continue
		}
		h := sha256.New()
		err := eachEntry(e, func(r io.Reader) error {
			_, err := io.CopyBuffer(h, r, buf)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
