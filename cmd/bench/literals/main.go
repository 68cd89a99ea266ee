// Command literals is a check module of the benchmark: its one check declares a
// scan of all logs for 40 literals.
package main

import (
	_ "embed"

	"github.com/asrdiag/asrdiag/cmd/bench/scanpack"
)

// patterns has a literal a line, so that other programs can read it, too.
//
//go:embed patterns.txt
var patterns string

func main() { scanpack.Literals("literals", patterns) }
