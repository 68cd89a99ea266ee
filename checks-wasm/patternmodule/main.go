// Command patternmodule is the module of packs that have patterns and no code. It
// is built once, with asrdiag; pack build puts the patterns of a pack into it.
package main

import (
	"fmt"
	"os"

	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
)

func main() {
	content, err := pattern.ReadSlot(slot())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	check.Main(content.Module, checks(content)...)
}

func checks(content pattern.Content) []*check.Check {
	var list []*check.Check
	for _, raw := range content.Patterns {
		list = append(list, check.PatternCheck(raw, asrlogs.Known()))
	}
	return list
}

// slot keeps the room from being looked at by the compiler, which knows that it
// is empty.
//
//go:noinline
func slot() string { return room }

var room = pattern.EmptySlot
