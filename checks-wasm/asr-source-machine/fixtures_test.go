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
func elsewhere() map[string]string { return nil }

// unshown is what is not shown yet.
func unshown() map[string][]string {
	return map[string][]string{
		// An attempt has no past; what the agent said of it is told while it goes on.
		"process-server-port": {"recovered"},
		// What a scanner did is a sign beside the finding; when it is over it is none.
		"antivirus-exclusions": {"recovered"},
		// Three within a day count, however long ago the last one is.
		"churn": {"recovered"},
	}
}
