package check

import (
	"io"
	"os"
	"reflect"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

const usageText = "usage: check describe | check run"

// validate is the host's business: the code for it would double the size of
// every module. Native tests and pack build do it.
func validate(abi.Describe) error { return nil }

// patternCodec reads patterns without their fixtures, which pack build has tried
// and which are most of them.
func patternCodec() *wire.Codec {
	c := &wire.Codec{}
	c.Skip(reflect.TypeFor[pattern.Fixtures]())
	c.Skip(reflect.TypeFor[pattern.FireLines]())
	return c
}

// runCommand runs on what the host mounted at /.
func runCommand(_ string, checks []*Check, _ []string, out, errs io.Writer) int {
	return Run(os.DirFS("/"), checks, out, errs)
}
