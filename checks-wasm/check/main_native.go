//go:build !wasip1

package check

import (
	"fmt"
	"io"
	"os"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

const usageText = "usage: check describe | check run DIR [CHECK...]   (DIR: an unpacked bundle)"

func validate(d abi.Describe) error { return d.Validate() }

// patternCodec reads patterns whole: tests try the fixtures.
func patternCodec() *wire.Codec { return &wire.Codec{} }

// runCommand runs natively on an unpacked bundle, for debugging.
func runCommand(module string, checks []*Check, args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		return usage(errs)
	}
	d, err := Describe(module, checks)
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	b, err := bundles.Open(os.DirFS(args[0]))
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	plan := NewPlan(b, d, args[1:])
	root, err := plan.Mount()
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	for _, s := range plan.Answered {
		fmt.Fprintf(errs, "%s: %s: %s\n", s.Check, s.Outcome, s.Reason)
	}
	return Run(root, checks, out, errs)
}
