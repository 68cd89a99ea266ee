package check

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Main is the main function of a module: "describe" prints its metadata,
// "run" runs checks. It does not return.
func Main(module string, checks ...*Check) {
	os.Exit(command(module, checks, os.Args[1:], os.Stdout, os.Stderr))
}

func command(module string, checks []*Check, args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		return usage(errs)
	}
	switch args[0] {
	case "describe":
		return describe(module, checks, out, errs)
	case "run":
		return runCommand(module, checks, args[1:], out, errs)
	}
	return usage(errs)
}

func usage(errs io.Writer) int {
	fmt.Fprintln(errs, usageText)
	return abi.ExitUsage
}

// describe prints the metadata.
func describe(module string, checks []*Check, out, errs io.Writer) int {
	d, err := Describe(module, checks)
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return abi.ExitOK
}
