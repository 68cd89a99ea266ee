package main

import (
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

// TestChecks tries every check on its fixtures, but for those that another folder
// has.
func TestChecks(t *testing.T) {
	for _, c := range checks() {
		if elsewhere()[c.ID] == "" {
			t.Run(c.ID, func(t *testing.T) { checktest.Run(t, c) })
		}
	}
}

// TestDescribe holds the declarations of all checks together against the rules
// of a module, and their causes against the pack.
func TestDescribe(t *testing.T) {
	d, err := check.Describe(module, checks())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range d.Checks {
		known[c.ID] = true
	}
	for _, c := range d.Checks {
		for _, cause := range c.ExplainedBy {
			if !known[cause.Check] && !strings.HasPrefix(cause.Check, "asr-source-machine/") {
				t.Errorf("%s is explained by %q, which the pack does not have", c.ID, cause.Check)
			}
		}
	}
}
