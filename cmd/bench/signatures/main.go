// Command signatures is a check module of the benchmark: its one check declares a
// scan of all logs for the lines of the product that are worth knowing, as
// expressions, in upper or lower case.
package main

import (
	_ "embed"

	"github.com/asrdiag/asrdiag/cmd/bench/scanpack"
)

// patterns has an expression a line, so that other programs can read it, too.
//
//go:embed patterns.txt
var patterns string

func main() { scanpack.Expressions("signatures", patterns) }
