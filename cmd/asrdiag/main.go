// Command asrdiag opens support bundles and reports what is wrong, with the
// evidence and the remedy. It needs no network.
//
// main.go and app.go hold what all subcommands share; every subcommand has a
// file of its own.
package main

import (
	"embed"
	"io"
	"os"
	_ "time/tzdata" // Windows has zones, but not by these names
)

// version is set by the linker.
var version = "0.1.0-dev"

// embedded has the default packs, the public key that belongs to this build, and
// the licences. "make build" puts them there; without them only .gitkeep is.
//
//go:embed all:packs all:licenses
var embedded embed.FS

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program but for its exit.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(stdin, stdout, stderr, embedded).run(args)
}
