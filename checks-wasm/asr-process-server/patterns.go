package main

import (
	"embed"

	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed patterns/*.json patterns/*.md
var patternFiles embed.FS

// patterns are the checks of this pack without code.
func patterns() []*check.Check { return check.Patterns(patternFiles, asrlogs.Known()) }
