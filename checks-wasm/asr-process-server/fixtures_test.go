package main

import (
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

// TestFixturesShowAll: the fixtures of every check show all that it can say, but
// for what is listed here, which must become less and never more.
func TestFixturesShowAll(t *testing.T) {
	checktest.Whole(t, checks(), elsewhere(), unshown())
}

// elsewhere are the folders of fixtures that are not here.
func elsewhere() map[string]string {
	return map[string]string{"time-sync": "../hostcheck/testdata"}
}

// unshown is what is not shown yet.
func unshown() map[string][]string {
	return map[string][]string{
		// Its newest word of the product counts; older ones are not told.
		"bandwidth": {"recovered"},

		// The product's newest word on load counts, for half an hour; it is no fault that can be over.
		"resource-headroom": {"recovered"},

		// What a scanner did is a sign beside the finding; when it is over it is none.
		"antivirus-exclusions": {"recovered"},
	}
}
