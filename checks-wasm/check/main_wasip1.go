package check

import (
	"io"
	"os"
)

const usageText = "usage: check describe | check run"

// runCommand runs on what the host mounted at /.
func runCommand(_ string, checks []*Check, _ []string, out, errs io.Writer) int {
	return Run(os.DirFS("/"), checks, out, errs)
}
