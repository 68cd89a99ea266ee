package main

import (
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

// TestPatterns holds the files to the rules of their format, and tries their fixtures.
func TestPatterns(t *testing.T) { checktest.Patterns(t, patternFiles, asrlogs.Known()) }
