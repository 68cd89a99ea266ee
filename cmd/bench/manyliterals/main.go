// Command manyliterals is a check module of the benchmark: its one check declares
// scans of all logs for 400 literals, those 40 among them.
package main

import (
	_ "embed"

	"github.com/asrdiag/asrdiag/cmd/bench/scanpack"
)

// patterns has a literal a line, so that other programs can read it, too.
//
//go:embed patterns.txt
var patterns string

func main() { scanpack.Literals("many-literals", patterns) }
