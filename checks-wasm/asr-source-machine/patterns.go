package main

import (
	"embed"

	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/hostcheck"
)

//go:embed patterns/*.json patterns/*.md
var patternFiles embed.FS

// patterns are the checks of this pack without code.
func patterns() []*check.Check {
	return hostcheck.ClientWhenPartial(check.Patterns(patternFiles, asrlogs.Known()), portPartial)
}
